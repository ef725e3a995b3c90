use formwork::Tensor;

fn main() {
    _ = Tensor::<2, 3>::zeros().matmul_tn(&Tensor::<4, 2>::zeros());
}
