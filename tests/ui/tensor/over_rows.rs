use formwork::Tensor;

fn main() {
    let _ = Tensor::<2, 3>::zeros() + Tensor::<1, 2>::zeros().over_rows();
}
