use formwork::prelude::*;

formwork::network! {
    pub struct Net < Linear<2, 3> >
}

fn main() {
    let inputs = [const { Vector::<2>::zeros() }; 256];
    let mut trainer = Trainer::new(Net::zeros(), CrossEntropy, Sgd::new(0.1));
    let _ = trainer.step(Batch::from(&inputs), Batch::from(&[0_u8; 128]));
}
