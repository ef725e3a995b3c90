//! Two layers at once, in both directions: those whose units stay in registers, and those around them that do not.

use super::{assert_close, exact, on_every_isa, random};
use crate::kernel::activation::Activation;
use crate::kernel::dense::{self, Dense, DenseMut, DenseUpdate, Layout, Pass};
use crate::kernel::rows::Rows;

/// Two layers, a batch picked out of a larger set, and the gradient of its outputs.
struct Case {
    rows: usize,
    sizes: [usize; 3],
    data: Vec<f32>,
    order: Vec<u32>,
    weights: [Vec<f32>; 2],
    biases: [Vec<f32>; 2],
    gradient: Vec<f32>,
}

/// A weight gradient and a bias gradient of each layer.
type Gradients = [Vec<f32>; 4];

impl Case {
    fn new(rows: usize, sizes: [usize; 3]) -> Self {
        let [inputs, between, outputs] = sizes;
        Self {
            rows,
            sizes,
            data: random((rows + 3) * inputs, 30),
            order: (0..rows as u32).map(|row| (row * 7 + 2) % (rows as u32 + 3)).collect(),
            weights: [random(inputs * between, 31), random(between * outputs, 32)],
            biases: [random(between, 33), random(outputs, 34)],
            gradient: random(rows * outputs, 35),
        }
    }

    fn what(&self) -> String {
        format!("{} rows, {:?}", self.rows, self.sizes)
    }

    fn layers(&self) -> [Dense<'_>; 2] {
        let ([inputs, between, outputs], [first, last], [bias, last_bias]) = (self.sizes, &self.weights, &self.biases);
        [
            Dense { inputs, outputs: between, weight: first, bias },
            Dense { inputs: between, outputs, weight: last, bias: last_bias },
        ]
    }

    fn picked(&self) -> Rows<'_, f32> {
        Rows::picked(&self.data, self.sizes[0], &self.order)
    }

    fn gathered(&self) -> Vec<f32> {
        (0..self.rows).flat_map(|row| self.picked().row(row).to_vec()).collect()
    }

    /// What is between the layers, and the outputs, by one layer after the other.
    fn apart(&self, [inner, outer]: [Activation; 2]) -> [Vec<f32>; 2] {
        let ([first, last], [_, between, outputs]) = (self.layers(), self.sizes);
        let (mut hidden, mut output) = (vec![f32::NAN; self.rows * between], vec![f32::NAN; self.rows * outputs]);
        dense::forward(self.picked(), first, inner, &mut hidden);
        dense::forward(Rows::new(&hidden, between), last, outer, &mut output);
        [hidden, output]
    }

    fn check_forward(&self) {
        for inner in [Activation::ReLU, Activation::Identity, Activation::Tanh] {
            for outer in [Activation::ReLU, Activation::Sigmoid] {
                on_every_isa(|isa| {
                    let [mut hidden, expected] = self.apart([inner, outer]);
                    hidden.fill(f32::NAN);
                    let ([first, last], gathered) = (self.layers(), self.gathered());
                    for rows in [self.picked(), Rows::new(&gathered, self.sizes[0])] {
                        let mut found = vec![f32::NAN; expected.len()];
                        dense::through(rows, &[(first, inner), (last, outer)], &mut hidden, &mut found);
                        assert_eq!(found, expected, "{isa:?} {}, {inner:?}, {outer:?}", self.what());
                    }
                });
            }
        }
    }

    /// Calls `write` with the four places, which hold `start`.
    fn written(&self, start: Gradients, write: impl FnOnce([DenseMut<'_>; 2])) -> Gradients {
        let ([inputs, between, outputs], mut into) = (self.sizes, start);
        let [first, bias, last, last_bias] = &mut into;
        write([
            DenseMut { inputs, outputs: between, weight: first, bias },
            DenseMut { inputs: between, outputs, weight: last, bias: last_bias },
        ]);
        into
    }

    /// In f64 from the hidden outputs' signs, with the magnitudes of what is added: for the last weights those of what a
    /// hidden output is made of, since the sums may be taken before it is.
    fn exact(&self, inner: Activation, hidden: &[f32]) -> [Vec<(f64, f64)>; 4] {
        let ([inputs, between, outputs], rows) = (self.sizes, self.picked());
        let place = |from: usize, to: usize, i: usize, o: usize| Layout::of(from, to).position(from, to, i, o);
        let x = |row: usize, input: usize| f64::from(rows.row(row)[input]);
        let g = |row: usize, output: usize| f64::from(self.gradient[row * outputs + output]);
        let first = |input: usize, unit: usize| f64::from(self.weights[0][place(inputs, between, input, unit)]);
        let last = |unit: usize, output: usize| f64::from(self.weights[1][place(between, outputs, unit, output)]);
        let passes = |row: usize, unit: usize| inner == Activation::Identity || hidden[row * between + unit] > 0.0;
        let add = |a: (f64, f64), b: (f64, f64)| (a.0 + b.0, a.1 + b.1);
        let mut all = [inputs * between, between, between * outputs, outputs].map(|count| vec![(0.0, 0.0); count]);
        for unit in 0..between {
            for row in (0..self.rows).filter(|row| passes(*row, unit)) {
                let back = exact(outputs, |output| last(unit, output) * g(row, output));
                all[1][unit] = add(all[1][unit], back);
                for input in 0..inputs {
                    let sum = &mut all[0][place(inputs, between, input, unit)];
                    *sum = add(*sum, (back.0 * x(row, input), back.1 * x(row, input).abs()));
                }
                let h = add(exact(inputs, |input| first(input, unit) * x(row, input)), {
                    let bias = f64::from(self.biases[0][unit]);
                    (bias, bias.abs())
                });
                for output in 0..outputs {
                    let sum = &mut all[2][place(between, outputs, unit, output)];
                    *sum = add(*sum, (h.0 * g(row, output), h.1 * g(row, output).abs()));
                }
            }
        }
        all[3] = (0..outputs).map(|output| exact(self.rows, |row| g(row, output))).collect();
        all
    }

    fn check_backward(&self) {
        let empty = || {
            [&self.weights[0], &self.biases[0], &self.weights[1], &self.biases[1]].map(|of| vec![f32::NAN; of.len()])
        };
        let held = || [&self.weights[0], &self.biases[0], &self.weights[1], &self.biases[1]].map(Clone::clone);
        let gathered = self.gathered();
        let together = Rows::new(&gathered, self.sizes[0]);
        for inner in [Activation::ReLU, Activation::Identity] {
            on_every_isa(|isa| {
                let [hidden, _] = self.apart([inner, Activation::Identity]);
                let expected = self.exact(inner, &hidden);
                let pass = Pass { activation: inner, between: &hidden, gradient: &self.gradient };
                let gradients = |rows| {
                    let mut between = vec![f32::NAN; hidden.len()];
                    self.written(empty(), |into| {
                        dense::gradients_through(rows, self.layers(), pass, &mut between, into);
                    })
                };
                let found = gradients(self.picked());
                assert!(found == gradients(together), "{isa:?} gathered rows, {}", self.what());
                // A sum over the rows of products of a sum over the outputs, or over the inputs.
                let operations = self.rows + self.sizes[0].max(self.sizes[2]) + 2;
                for (found, (expected, name)) in found.iter().zip(expected.iter().zip(["W1", "b1", "W2", "b2"])) {
                    assert_close(found, expected, operations, &format!("{isa:?} {name} {inner:?} {}", self.what()));
                }
                let update = DenseUpdate { lr: 0.125, decay: 0.75 };
                let mut between = vec![f32::NAN; hidden.len()];
                let stepped = self.written(held(), |into| {
                    dense::updates_through(self.picked(), pass, &mut between, into, update);
                });
                for ((stepped, held), gradient) in stepped.iter().zip(held()).zip(&found) {
                    let step = |(held, g): (f32, &f32)| {
                        let (held, g) = (0.75 * f64::from(held), 0.125 * f64::from(*g));
                        (held - g, held.abs() + g.abs())
                    };
                    let expected: Vec<_> = held.into_iter().zip(gradient).map(step).collect();
                    assert_close(stepped, &expected, 0, &format!("{isa:?} update {inner:?} {}", self.what()));
                }
            });
        }
    }
}

/// All inputs and outputs that stay in registers, and one more.
fn sides() -> impl Iterator<Item = (usize, usize)> {
    let all = (1..=5).flat_map(|inputs| (1..=5).map(move |outputs| (inputs, outputs)));
    all.filter(|sides| !cfg!(miri) || *sides == (2, 3))
}

/// Around vectors of 4, 8 and 16 rows, and blocks of 64.
const ROWS: &[usize] =
    if cfg!(miri) { &[1, 17] } else { &[1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 49, 63, 64, 65, 130] };

/// Around vectors of units.
const UNITS: &[usize] = if cfg!(miri) { &[3, 17] } else { &[1, 3, 8, 15, 16, 17, 24, 31, 33, 100] };

#[test]
fn forward_has_the_bits_of_one_layer_after_the_other() {
    for (inputs, outputs) in sides() {
        for &between in UNITS {
            ROWS.iter().for_each(|rows| Case::new(*rows, [inputs, between, outputs]).check_forward());
        }
    }
}

#[test]
fn backward_of_all_sides() {
    for (inputs, outputs) in sides() {
        for &between in UNITS {
            ROWS.iter().for_each(|rows| Case::new(*rows, [inputs, between, outputs]).check_backward());
        }
    }
}

#[test]
#[cfg(not(miri))]
fn backward_around_the_edges_of_blocks() {
    // 64 rows, and 128 units.
    for (rows, between) in [(63, 128), (64, 129), (128, 127), (129, 100), (191, 17), (193, 260), (1030, 16)] {
        for (inputs, outputs) in [(2, 3), (4, 3), (3, 4), (1, 1)] {
            Case::new(rows, [inputs, between, outputs]).check_backward();
        }
    }
}

#[test]
fn a_nan_stays() {
    on_every_isa(|isa| {
        let mut case = Case::new(20, [2, 17, 3]);
        case.order = (0..20).collect();
        case.data[7 * 2 + 1] = f32::NAN;
        let ([first, last], mut hidden) = (case.layers(), vec![0.0; 20 * 17]);
        let mut output = vec![0.0; 20 * 3];
        let layers = [(first, Activation::ReLU), (last, Activation::Identity)];
        dense::through(case.picked(), &layers, &mut hidden, &mut output);
        for (row, output) in output.chunks(3).enumerate() {
            assert_eq!(output.iter().all(|y| y.is_nan()), row == 7, "{isa:?} row {row}");
        }
        case.data[7 * 2 + 1] = 0.5;
        case.gradient[7 * 3 + 1] = f32::NAN;
        let [hidden, _] = case.apart([Activation::ReLU, Activation::Identity]);
        let start =
            [&case.weights[0], &case.biases[0], &case.weights[1], &case.biases[1]].map(|of| vec![0.0; of.len()]);
        let gradients = |case: &Case, hidden: &[f32]| {
            let pass = Pass { activation: Activation::ReLU, between: hidden, gradient: &case.gradient };
            case.written(start.clone(), |into| {
                dense::gradients_through(case.picked(), case.layers(), pass, &mut vec![0.0; 20 * 17], into);
            })
        };
        let [_, first, last, ends] = gradients(&case, &hidden);
        // Where the unit is 0, the plain product 0 NaN is a NaN too; a sum over the rows above 0 leaves it out.
        for unit in (0..17).filter(|unit| hidden[7 * 17 + unit] > 0.0) {
            assert!(first[unit].is_nan() && last[17 + unit].is_nan(), "{isa:?} unit {unit}");
        }
        assert!(ends[1].is_nan() && !ends[0].is_nan() && !ends[2].is_nan(), "{isa:?}");
        // What a unit makes of an input that is a NaN is one too, and reaches all its weights.
        case.gradient[7 * 3 + 1] = 0.25;
        case.data[7 * 2 + 1] = f32::NAN;
        let [hidden, _] = case.apart([Activation::ReLU, Activation::Identity]);
        let [weights, _, last, ends] = gradients(&case, &hidden);
        assert!(weights[17..].iter().chain(&last).all(|g| g.is_nan()), "{isa:?} {weights:?} {last:?}");
        assert!(ends.iter().all(|g| !g.is_nan()), "{isa:?}");
    });
}
