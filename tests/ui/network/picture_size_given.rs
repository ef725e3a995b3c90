use formwork::prelude::*;

formwork::network! {
    pub struct Net < Flatten<28, 28>, Linear<784, 10> >
}

fn main() {
    let pictures = [const { Tensor::<14, 56, u8>::zeros() }; 8];
    let mut tape = NetTape::<8>::new();
    Net::zeros().forward(Batch::from(&pictures), &mut tape);
}
