use formwork::Tensor;

fn main() {
    let _ = Tensor::<2, 3>::zeros().matmul(&Tensor::<4, 2>::zeros());
}
