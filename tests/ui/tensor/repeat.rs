use formwork::Tensor;

fn main() {
    let _: Tensor<5, 2> = Tensor::<2, 2>::zeros().repeat();
}
