use formwork::Tensor;

fn main() {
    let _ = Tensor::<4, 2>::zeros().rows::<3, 2>();
}
