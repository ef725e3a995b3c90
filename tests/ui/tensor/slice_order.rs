use formwork::Tensor;

fn main() {
    let x = Tensor::<4, 4>::zeros();
    let _ = formwork::slice!(x[3..1, 0..2]);
}
