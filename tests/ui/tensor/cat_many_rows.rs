use formwork::Tensor;

fn main() {
    _ = Tensor::<7, 2>::cat_many_rows((&Tensor::<1, 2>::zeros(), &Tensor::<2, 2>::zeros(), &Tensor::<3, 2>::zeros()));
}
