use formwork::Tensor;

fn main() {
    let _ = Tensor::<2, 4>::zeros().cols::<3, 2>();
}
