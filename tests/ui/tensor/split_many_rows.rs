use formwork::Tensor;

fn main() {
    let (_, _, _): (Tensor<1, 2>, Tensor<2, 2>, Tensor<3, 2>) = Tensor::<7, 2>::zeros().split_many_rows();
}
