use formwork::Tensor;

fn main() {
    let mut x = Tensor::<2, 3>::zeros();
    x -= Tensor::<3, 2>::zeros();
}
