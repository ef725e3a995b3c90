use formwork::prelude::*;
use formwork::rand::SeedableRng;

formwork::network! {
    #[derive(Clone, Debug)]
    pub struct Net < Flatten, hidden: Linear<784, 256>, ReLU, out: Linear<128, 10> >
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut rng = rand::rngs::StdRng::seed_from_u64(0);
    let mut train = Dataset::new(vec![Tensor::<28, 28, u8>::zeros(); 4], vec![0_u8; 4])?;
    let mut trainer = Trainer::new(Net::new(&mut rng), CrossEntropy, Sgd::new(0.1));
    for (x, y) in train.batches::<2>(&mut rng) {
        trainer.step(x, y)?;
    }
    let net = trainer.network().clone();
    let logits: Vector<10> = net.predict(&train.inputs()[0]);
    println!("{logits:?} {:?} {}", net.hidden.bias, Net::summary());
    let mut tape = NetTape::<2>::new();
    net.forward(Batch::from(&[const { Tensor::<28, 28>::zeros() }; 2]), &mut tape);
    Ok(())
}
