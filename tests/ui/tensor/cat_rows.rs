use formwork::Tensor;

fn main() {
    let _: Tensor<8, 2> = Tensor::<3, 2>::zeros().cat_rows(&Tensor::<4, 2>::zeros());
}
