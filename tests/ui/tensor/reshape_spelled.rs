use formwork::Tensor;

fn main() {
    let x = Tensor::<2, 3>::zeros();
    let _ = formwork::reshape!(x: 2, 3 => 4, 2);
}
