use formwork::{Tensor, Vector};

fn main() {
    _ = Tensor::<2, 3>::stack(&[Vector::<3>::zeros(), Vector::<3>::zeros(), Vector::<3>::zeros()]);
}
