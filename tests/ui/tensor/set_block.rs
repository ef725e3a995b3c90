use formwork::Tensor;

fn main() {
    Tensor::<2, 4>::zeros().set_block::<1, 2, 0, 2>(&Tensor::zeros());
}
