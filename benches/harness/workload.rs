//! The workloads: sizes, settings and the arithmetic in them.

use std::fmt;

/// A multilayer perceptron: numbers of values between its layers, ReLU between two layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Net {
    pub name: &'static str,
    pub sizes: &'static [usize],
}

pub const LINEAR: Net = Net { name: "2-1", sizes: &[2, 1] };
pub const SOFTMAX: Net = Net { name: "784-10", sizes: &[784, 10] };
pub const MLP: Net = Net { name: "784-256-10", sizes: &[784, 256, 10] };
pub const DEEP_MLP: Net = Net { name: "784-512-256-10", sizes: &[784, 512, 256, 10] };
pub const SPIRAL: Net = Net { name: "2-100-3", sizes: &[2, 100, 3] };
pub const AUTOENCODER: Net = Net { name: "autoencoder", sizes: &[640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640] };

/// Every network of a workload.
pub const NETS: [Net; 6] = [LINEAR, SOFTMAX, MLP, DEEP_MLP, SPIRAL, AUTOENCODER];

impl Net {
    /// Inputs and outputs of each layer.
    pub fn layers(&self) -> impl DoubleEndedIterator<Item = (usize, usize)> + Clone {
        self.sizes.iter().copied().zip(self.sizes.iter().copied().skip(1))
    }

    /// Multiply-adds of one sample's forward pass.
    pub fn macs(&self) -> usize {
        self.layers().map(|(inputs, outputs)| inputs * outputs).sum()
    }

    /// Bytes of weights.
    pub fn weight_bytes(&self) -> usize {
        4 * self.macs()
    }

    /// Floating-point operations of one training step for one sample: forward, weight gradient, and the input gradient
    /// of every layer but the first.
    fn training_flops(&self) -> usize {
        let first = self.layers().next().map_or(0, |(inputs, outputs)| inputs * outputs);
        2 * (3 * self.macs() - first)
    }
}

/// A training workload. One run is an epoch; of `Spiral`, whose batch is the whole set, a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Training {
    /// W1: 2-1, mean squared error, SGD 0.03, batch 10, 1000 samples.
    Linear,
    /// W2: 784-10 on Fashion-MNIST, cross-entropy, SGD 0.1, batch 256.
    Softmax,
    /// W3: 784-256-10, otherwise as W2.
    Mlp,
    /// W3b: 784-512-256-10, Adam 1e-3, batch 128.
    DeepMlp,
    /// W4: 2-100-3 on 3000 points of three spirals, Adam 1e-3 with weight decay 1e-5, full batch.
    Spiral,
}

impl Training {
    pub const fn net(self) -> Net {
        match self {
            Self::Linear => LINEAR,
            Self::Softmax => SOFTMAX,
            Self::Mlp => MLP,
            Self::DeepMlp => DEEP_MLP,
            Self::Spiral => SPIRAL,
        }
    }

    /// Samples of one run.
    pub const fn samples(self) -> usize {
        match self {
            Self::Linear => 1000,
            Self::Softmax | Self::Mlp | Self::DeepMlp => 60_000,
            Self::Spiral => 3000,
        }
    }

    #[cfg_attr(not(feature = "peers"), expect(dead_code, reason = "Formwork has the batch in its types"))]
    pub const fn batch(self) -> usize {
        match self {
            Self::Linear => 10,
            Self::Softmax | Self::Mlp => 256,
            Self::DeepMlp => 128,
            Self::Spiral => 3000,
        }
    }

    pub const fn lr(self) -> f32 {
        match self {
            Self::Linear => 0.03,
            Self::Softmax | Self::Mlp => 0.1,
            Self::DeepMlp | Self::Spiral => 1e-3,
        }
    }

    /// Adam's weight decay, or `None` for SGD.
    #[cfg_attr(not(feature = "peers"), expect(dead_code, reason = "Formwork has the optimizer in its types"))]
    pub const fn adam(self) -> Option<f32> {
        match self {
            Self::Linear | Self::Softmax | Self::Mlp => None,
            Self::DeepMlp => Some(0.0),
            Self::Spiral => Some(1e-5),
        }
    }
}

/// A product: rows x inner x columns, `A` stored transposed (inner x rows) or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Product {
    pub rows: usize,
    pub inner: usize,
    pub columns: usize,
    pub transposed: bool,
}

impl Product {
    const fn new(rows: usize, inner: usize, columns: usize) -> Self {
        Self { rows, inner, columns, transposed: false }
    }

    pub const fn flops(&self) -> usize {
        2 * self.rows * self.inner * self.columns
    }
}

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Workload {
    /// W1 to W4.
    Training(Training),
    /// W5: one sample through a network.
    Latency(Net),
    /// W6: one product.
    Product(Product),
}

/// All workloads in the order of the tables.
pub fn all() -> Vec<Workload> {
    use Training::{DeepMlp, Linear, Mlp, Softmax, Spiral};
    let training = [Linear, Softmax, Mlp, DeepMlp, Spiral].map(Workload::Training);
    let latency = [SOFTMAX, MLP, SPIRAL, AUTOENCODER].map(Workload::Latency);
    let products = [
        Product::new(256, 784, 10),
        Product::new(256, 784, 256),
        Product { transposed: true, ..Product::new(784, 256, 256) },
        Product::new(256, 10, 784),
        Product::new(128, 512, 256),
        Product::new(1, 784, 256),
        Product::new(1024, 1024, 1024),
        Product::new(64, 64, 64),
        Product::new(16, 16, 16),
    ];
    training.into_iter().chain(latency).chain(products.map(Workload::Product)).collect()
}

impl Workload {
    /// Floating-point operations of one run.
    pub fn flops(&self) -> usize {
        match self {
            Self::Training(training) => training.samples() * training.net().training_flops(),
            Self::Latency(net) => 2 * net.macs(),
            Self::Product(product) => product.flops(),
        }
    }

    /// What the issue of speed calls it: W1, W3b, ...
    pub fn section(&self) -> &'static str {
        match self {
            Self::Training(Training::Linear) => "W1",
            Self::Training(Training::Softmax) => "W2",
            Self::Training(Training::Mlp) => "W3",
            Self::Training(Training::DeepMlp) => "W3b",
            Self::Training(Training::Spiral) => "W4",
            Self::Latency(_) => "W5",
            Self::Product(_) => "W6",
        }
    }

    /// A title for people.
    pub fn title(&self) -> String {
        let what = match self {
            Self::Training(Training::Linear) => "linear regression 2-1, an epoch of 1000 samples, batch 10, SGD",
            Self::Training(Training::Softmax) => {
                "softmax regression 784-10, an epoch of 60,000 pictures, batch 256, SGD"
            }
            Self::Training(Training::Mlp) => "784-256-10, an epoch of 60,000 pictures, batch 256, SGD",
            Self::Training(Training::DeepMlp) => "784-512-256-10, an epoch of 60,000 pictures, batch 128, Adam",
            Self::Training(Training::Spiral) => "spiral 2-100-3, a step on all 3000 points, Adam",
            Self::Latency(net) => return format!("W5: one sample through {}", net.name),
            Self::Product(_) => return self.to_string(),
        };
        format!("{}: {what}", self.section())
    }
}

/// The name on the command line and between the processes: `W2`, `W5:784-10`, `W6:784x256x256t`.
impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Training(_) => f.write_str(self.section()),
            Self::Latency(net) => write!(f, "W5:{}", net.name),
            Self::Product(Product { rows, inner, columns, transposed }) => {
                write!(f, "W6:{rows}x{inner}x{columns}{}", if *transposed { "t" } else { "" })
            }
        }
    }
}

/// The workload of a name.
pub fn named(name: &str) -> Option<Workload> {
    all().into_iter().find(|workload| workload.to_string() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found_again() {
        for workload in all() {
            assert_eq!(named(&workload.to_string()), Some(workload));
        }
    }

    #[test]
    fn arithmetic_of_an_epoch() {
        // 784 x 256 and 256 x 10 forward and for the weight gradient, 256 x 10 for the input gradient.
        let macs = 2 * (784 * 256 + 256 * 10) + 256 * 10;
        assert_eq!(Workload::Training(Training::Mlp).flops(), 60_000 * 2 * macs);
        assert_eq!(Workload::Training(Training::Softmax).flops(), 60_000 * 4 * 7840);
    }
}
