use formwork::Tensor;

fn main() {
    _ = Tensor::<0, 3>::zeros().max();
}
