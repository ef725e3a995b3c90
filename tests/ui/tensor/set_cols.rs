use formwork::Tensor;

fn main() {
    Tensor::<2, 4>::zeros().set_cols::<3, 2>(&Tensor::zeros());
}
