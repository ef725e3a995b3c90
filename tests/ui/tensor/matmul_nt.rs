use formwork::Tensor;

fn main() {
    _ = Tensor::<2, 3>::zeros().matmul_nt(&Tensor::<4, 2>::zeros());
}
