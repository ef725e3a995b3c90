//! A second opinion in f64: the same layer list computed plainly, and its gradient by central differences.

use formwork::layer::Layout;
use formwork::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Linear { inputs: usize, outputs: usize },
    ReLU,
    Sigmoid,
    LeakyReLU,
    Elu,
    Softplus,
    SiLU,
    Gelu,
    Tanh,
}

/// A network's layer list with its parameters in f64, weights as `[out][in]`.
#[derive(Clone, Debug)]
pub struct Reference {
    steps: Vec<Step>,
    /// One slice a parameter, in the network's order.
    pub parameters: Vec<Vec<f64>>,
}

impl Reference {
    /// The layers and the parameters of a network, read from its table of layers.
    pub fn of<N: Network>(network: &N) -> Self {
        let steps: Vec<Step> = N::LAYERS
            .iter()
            .filter_map(|layer| {
                match layer.kind.split('<').next().unwrap_or_default().trim().rsplit(':').next().unwrap_or_default() {
                    "Linear" => Some(Step::Linear { inputs: layer.inputs, outputs: layer.outputs }),
                    "ReLU" => Some(Step::ReLU),
                    "Sigmoid" => Some(Step::Sigmoid),
                    "LeakyReLU" => Some(Step::LeakyReLU),
                    "ELU" => Some(Step::Elu),
                    "Softplus" => Some(Step::Softplus),
                    "SiLU" => Some(Step::SiLU),
                    "GELU" => Some(Step::Gelu),
                    "Tanh" => Some(Step::Tanh),
                    "Flatten" => None,
                    other => panic!("the reference does not know {other}"),
                }
            })
            .collect();
        let parameters = (0..N::SLICES).map(|index| in_order::<N>(network, index)).collect();
        Self { steps, parameters }
    }

    /// One sample through the layers.
    pub fn forward(&self, input: &[f64]) -> Vec<f64> {
        let mut values = input.to_vec();
        let mut parameters = self.parameters.iter();
        for step in &self.steps {
            values = match step {
                Step::Linear { inputs, outputs } => {
                    let (weight, bias) = (parameters.next().unwrap(), parameters.next().unwrap());
                    (0..*outputs)
                        .map(|o| bias[o] + (0..*inputs).map(|i| values[i] * weight[o * inputs + i]).sum::<f64>())
                        .collect()
                }
                Step::ReLU => values.iter().map(|x| x.max(0.0)).collect(),
                Step::LeakyReLU => values.iter().map(|x| if *x > 0.0 { *x } else { 0.01 * x }).collect(),
                Step::Elu => values.iter().map(|x| if *x > 0.0 { *x } else { x.exp_m1() }).collect(),
                Step::Softplus => values.iter().map(|x| x.exp().ln_1p()).collect(),
                Step::SiLU => values.iter().map(|x| x / (1.0 + (-x).exp())).collect(),
                Step::Gelu => {
                    values.iter().map(|x| 0.5 * x * libm::erfc(-x * core::f64::consts::FRAC_1_SQRT_2)).collect()
                }
                Step::Sigmoid => values.iter().map(|x| 1.0 / (1.0 + (-x).exp())).collect(),
                Step::Tanh => values.iter().map(|x| x.tanh()).collect(),
            };
        }
        values
    }

    /// d loss / d parameter by central differences, for every parameter.
    ///
    /// The truncation error is about h^2 f''' / 6 and the rounding error about 1e-16 / h; h = 1e-5 keeps both near 1e-10.
    pub fn gradient(&mut self, loss: impl Fn(&Self) -> f64) -> Vec<Vec<f64>> {
        const H: f64 = 1e-5;
        let mut gradient: Vec<Vec<f64>> = self.parameters.iter().map(|slice| vec![0.0; slice.len()]).collect();
        for (slice, gradient) in gradient.iter_mut().enumerate() {
            for (place, gradient) in gradient.iter_mut().enumerate() {
                let value = self.parameters[slice][place];
                self.parameters[slice][place] = value + H;
                let above = loss(self);
                self.parameters[slice][place] = value - H;
                let below = loss(self);
                self.parameters[slice][place] = value;
                *gradient = (above - below) / (2.0 * H);
            }
        }
        gradient
    }
}

/// A parameter slice in f64, a weight in the order `[out][in]` whatever its layout in memory.
pub fn in_order<N: Parameters>(parameters: &N, index: usize) -> Vec<f64> {
    let slice = parameters.slice(index).unwrap();
    let info = N::info(index).unwrap();
    let [outputs, inputs] = info.shape;
    if info.name != "weight" {
        return slice.iter().copied().map(f64::from).collect();
    }
    let layout = Layout::of(inputs, outputs);
    (0..outputs * inputs).map(|k| f64::from(slice[layout.position(inputs, outputs, k % inputs, k / inputs)])).collect()
}
