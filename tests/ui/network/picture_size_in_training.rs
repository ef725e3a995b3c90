use formwork::prelude::*;

formwork::network! {
    pub struct Net < Flatten, Linear<784, 10> >
}

fn main() {
    let pictures = [const { Tensor::<32, 32, u8>::zeros() }; 8];
    let mut trainer = Trainer::new(Net::zeros(), CrossEntropy, Sgd::new(0.1));
    let _ = trainer.step(Batch::from(&pictures), Batch::from(&[0_u8; 8]));
}
