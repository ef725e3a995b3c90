use formwork::Tensor;

fn main() {
    let _: Tensor<1, 5> = Tensor::<2, 3>::zeros().flatten();
}
