use formwork::Tensor;

fn main() {
    let (_, _): (Tensor<2, 1>, Tensor<2, 2>) = Tensor::<2, 4>::zeros().split_many_cols();
}
