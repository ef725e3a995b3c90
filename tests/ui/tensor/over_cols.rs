use formwork::Tensor;

fn main() {
    _ = Tensor::<2, 3>::zeros() + Tensor::<3, 1>::zeros().over_cols();
}
