use formwork::Tensor;

fn main() {
    let _ = Tensor::<2, 5>::zeros().split_cols::<2, 2>();
}
