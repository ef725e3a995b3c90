//! The two Fashion-MNIST networks and the course's recipe for them.

use formwork::data::fashion_mnist::Picture;
use formwork::init::Normal;
use formwork::network::Accepts;
use formwork::optim::Sgd;
use formwork::prelude::*;
use rand::{SeedableRng, rngs::StdRng};

formwork::network! {
    /// Softmax regression on grey pictures of 28 x 28.
    #[derive(Clone, Debug)]
    pub struct Softmax < Flatten, Linear<784, 10> >
}

formwork::network! {
    /// A multilayer perceptron with one hidden layer. On the heap: its weights are 800 kB.
    #[derive(Clone, Debug)]
    #[network(boxed)]
    pub struct Mlp < Flatten, hidden: Linear<784, 256>, ReLU, out: Linear<256, 10> >
}

/// Samples in a full batch.
pub const BATCH: usize = 256;

/// A network that tells ten classes of pictures apart, in training.
pub type Classifying<N> = Trainer<N, CrossEntropy, Sgd, BATCH>;

/// The course's recipe: weights N(0, 0.01^2), biases 0, plain SGD. The generator then draws the order of the samples.
pub fn recipe<N>(lr: f32, seed: u64) -> (Classifying<N>, StdRng)
where
    N: Network<Output = Vector<10>> + Accepts<Picture>,
{
    let mut rng = StdRng::seed_from_u64(seed);
    let mut network = N::zeros();
    network.initialize(&Normal { mean: 0.0, std: 0.01 }, &mut rng);
    (Trainer::new(network, CrossEntropy, Sgd::new(lr)), rng)
}

/// The class of the largest logit.
pub fn class_of(logits: &Vector<10>) -> usize {
    let mut best = 0;
    for (class, logit) in logits.as_slice().iter().enumerate() {
        if *logit > logits.as_slice()[best] {
            best = class;
        }
    }
    best
}
