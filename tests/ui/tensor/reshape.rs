use formwork::Tensor;

fn main() {
    let _: Tensor<4, 2> = Tensor::<2, 3>::zeros().reshape();
}
