use formwork::Tensor;

fn main() {
    _ = Tensor::<2, 3>::zeros().gt(0.0).select(&Tensor::<2, 3>::zeros(), &Tensor::<3, 3>::zeros());
}
