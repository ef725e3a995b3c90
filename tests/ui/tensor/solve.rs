use formwork::Tensor;

fn main() {
    _ = Tensor::<3, 3>::eye().solve(&Tensor::<4, 1>::zeros());
}
