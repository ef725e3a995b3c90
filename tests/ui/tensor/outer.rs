use formwork::{Tensor, Vector};

fn main() {
    let _: Tensor<2, 2> = Vector::<2>::zeros().outer(&Vector::<3>::zeros());
}
