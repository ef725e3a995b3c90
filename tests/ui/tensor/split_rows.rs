use formwork::Tensor;

fn main() {
    let _ = Tensor::<5, 2>::zeros().split_rows::<2, 2>();
}
