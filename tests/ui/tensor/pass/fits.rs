use formwork::{Tensor, reshape, slice};

fn main() {
    let x = Tensor::<4, 6>::zeros();
    let _: Tensor<8, 3> = x.reshape();
    let _: Tensor<8, 6> = x.cat_rows(&x);
    let _: Tensor<2, 3> = slice!(x: [4, 6][1..3, 0..3]);
    let _: Tensor<2, 12> = reshape!(x: 4, 6 => 2, 12);
}
