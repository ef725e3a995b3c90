use formwork::Tensor;

fn main() {
    _ = Tensor::<2, 3>::zeros().trace();
}
