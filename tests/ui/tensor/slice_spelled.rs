use formwork::Tensor;

fn main() {
    let x = Tensor::<4, 4>::zeros();
    let _ = formwork::slice!(x: [4, 4][1..5, 0..2]);
}
