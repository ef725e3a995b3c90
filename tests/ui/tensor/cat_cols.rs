use formwork::Tensor;

fn main() {
    let _: Tensor<2, 8> = Tensor::<2, 3>::zeros().cat_cols(&Tensor::<2, 4>::zeros());
}
