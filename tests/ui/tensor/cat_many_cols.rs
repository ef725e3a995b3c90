use formwork::Tensor;

fn main() {
    _ = Tensor::<2, 7>::cat_many_cols((&Tensor::<2, 1>::zeros(), &Tensor::<2, 2>::zeros(), &Tensor::<2, 3>::zeros()));
}
