use formwork::prelude::*;

formwork::network! { pub struct Line < Linear<2, 1> > }

fn main() {
    let mut trainer = Trainer::new(Line::zeros(), Mse, Sgd::new(0.1));
    let inputs = [const { Vector::<2>::zeros() }; 10];
    let _ = trainer.step(Batch::from(&inputs), Batch::from(&inputs));
}
