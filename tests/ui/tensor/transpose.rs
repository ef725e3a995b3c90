use formwork::Tensor;

fn main() {
    let _: Tensor<2, 3> = Tensor::<2, 3>::zeros().transpose();
}
