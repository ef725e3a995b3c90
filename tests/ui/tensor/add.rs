use formwork::Tensor;

fn main() {
    let _ = Tensor::<2, 3>::zeros() + Tensor::<3, 2>::zeros();
}
