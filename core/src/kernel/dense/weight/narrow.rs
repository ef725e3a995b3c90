//! Of layers with few outputs: some outputs by vectors of inputs, which are read where the rows are.

use super::super::slim::{self, Cover, along, of_short, written};
use super::super::{DenseMut, DenseUpdate, padded};
use crate::kernel::element::DenseElement;
use crate::kernel::isa::{Isa, Kernel, OnEach, dispatch_on, dispatch_to_256};
use crate::kernel::rows::Rows;
use crate::kernel::threads::Split;
use crate::kernel::tile::unrolled;
use crate::kernel::vector::{Vector, mul_add};

/// The gradient of W as `[outputs][inputs]`.
pub(crate) struct Narrow<'a, T> {
    pub(crate) rows: Rows<'a, T>,
    pub(crate) gradient: &'a [f32],
    /// A whole layer, or the outputs from `first` on.
    pub(crate) into: DenseMut<'a>,
    pub(crate) first: usize,
    /// Outputs of the whole layer.
    pub(crate) pitch: usize,
    pub(crate) update: Option<DenseUpdate>,
}

impl<T: DenseElement> Kernel for Narrow<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        if const { T::IS_F32 && S::FMA } && slim::is_short(self.into.outputs) {
            return of_short!(self.into.outputs, self.slim::<L, S>());
        }
        if const { R >= 8 } {
            // Ten outputs by two vectors are 20 sums: more than AVX2's registers.
            self.all::<L, S, 2>();
        } else {
            self.all::<L, S, 1>();
        }
        if const { !T::IS_F32 } {
            self.bias::<L, S>();
        }
    }
}

/// [`Narrow`] of fewer inputs than a vector holds.
struct Scalars<'a, T>(Narrow<'a, T>);

impl<T: DenseElement> Kernel for Scalars<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        self.0.all::<1, S::One, 1>();
        self.0.bias::<1, S::One>();
    }
}

impl<T: DenseElement> Narrow<'_, T> {
    #[inline(always)]
    fn slim<const L: usize, S: Vector<L>, const O: usize>(&mut self) {
        for cover in along(self.into.inputs) {
            let (gradient, into) = ((self.gradient, self.pitch), (&mut self.into, self.first));
            slim::by_output::<T, L, S, O>(&cover, self.rows, gradient, into, self.update);
        }
    }

    /// All weights, `V` vectors of inputs at a time.
    #[inline(always)]
    fn all<const L: usize, S: Vector<L>, const V: usize>(&mut self) {
        let mut first = 0;
        while first < self.into.inputs {
            // Where one vector is left, two would be the same one twice.
            if const { V > 1 && T::IS_F32 } && first + L >= self.into.inputs {
                return self.outputs::<L, S, 1>(first);
            }
            self.outputs::<L, S, V>(first);
            first += V * L;
        }
    }

    /// All outputs of the inputs from `first` on, which lie in `V` vectors.
    #[inline(always)]
    fn outputs<const L: usize, S: Vector<L>, const V: usize>(&mut self, first: usize) {
        let (cover, mut output) = (Cover::new(first, self.into.inputs), 0);
        // (Fewer than a vector of inputs are not worth the code of the other numbers of outputs.)
        if const { S::FMA && L > 1 } {
            self.outputs_of::<L, S, 10, V>(&cover, &mut output);
            if self.into.outputs == 5 {
                // Half of ten, where two threads share them.
                self.outputs_of::<L, S, 5, V>(&cover, &mut output);
            }
        }
        self.outputs_of::<L, S, 4, V>(&cover, &mut output);
        if const { S::FMA && L > 1 } {
            self.outputs_of::<L, S, 2, V>(&cover, &mut output);
        }
        self.outputs_of::<L, S, 1, V>(&cover, &mut output);
    }

    /// `O` outputs, while there are as many.
    #[inline(always)]
    fn outputs_of<const L: usize, S: Vector<L>, const O: usize, const V: usize>(
        &mut self,
        cover: &Cover<L, V>,
        output: &mut usize,
    ) {
        let DenseMut { inputs, outputs, .. } = self.into;
        let (scale, step) = (S::splat(T::SCALE), self.update);
        while *output + O <= outputs {
            let (sums, bias) = self.sums::<L, S, O, V>(cover, *output);
            if const { T::IS_F32 && L > 1 } && cover.begins() {
                self.write_bias::<L, S, O>(*output, bias);
            }
            let weight = self.into.weight.get_mut(*output * inputs..).unwrap_or(&mut []);
            for (row, sums) in weight.chunks_mut(inputs.max(1)).zip(&sums) {
                cover.update(row, sums, |held, sum| written(step, held, sum.mul(scale)));
            }
            *output += O;
        }
    }

    /// sum over rows of gradient[first + o] x[i], and of gradient[first + o] for vectors of numbers. (Pictures have many vectors,
    /// each of which would add that up again.)
    #[inline(always)]
    fn sums<const L: usize, S: Vector<L>, const O: usize, const V: usize>(
        &self,
        cover: &Cover<L, V>,
        first: usize,
    ) -> ([[S; V]; O], [f32; O]) {
        let (mut sums, mut bias) = ([[S::splat(0.0); V]; O], [0.0; O]);
        let gradients = neighbours::<O>(self.gradient, self.pitch, self.first + first);
        for (index, gradient) in gradients.enumerate().take(self.rows.len()) {
            let Some(row) = cover.of(self.rows.row(index)) else { return (sums, bias) };
            let mut x = [S::splat(0.0); V];
            unrolled!(2; V, VECTOR => x[VECTOR] = row.vector(VECTOR));
            if const { T::IS_F32 && L > 1 } {
                unrolled!(10; O, OUTPUT => bias[OUTPUT] += gradient[OUTPUT]);
            }
            unrolled!(10; O, OUTPUT => {
                let g = S::splat(gradient[OUTPUT]);
                unrolled!(2; V, VECTOR => sums[OUTPUT][VECTOR] = g.mul_add(x[VECTOR], sums[OUTPUT][VECTOR]));
            });
        }
        (sums, bias)
    }

    /// The bias gradient: the sums of the columns of `gradient`, four at a time.
    #[inline(always)]
    fn bias<const L: usize, S: Vector<L>>(&mut self) {
        let mut output = 0;
        self.some_bias::<L, S, 4>(&mut output);
        self.some_bias::<L, S, 1>(&mut output);
    }

    #[inline(always)]
    fn write_bias<const L: usize, S: Vector<L>, const O: usize>(&mut self, output: usize, sums: [f32; O]) {
        let places = self.into.bias.get_mut(output..).and_then(|bias| bias.first_chunk_mut::<O>());
        for (place, sum) in places.unwrap_or(&mut [0.0; O]).iter_mut().zip(sums) {
            *place = match self.update {
                Some(step) => mul_add::<L, S>(-step.lr, sum, step.decay * *place),
                None => sum,
            };
        }
    }

    #[inline(always)]
    fn some_bias<const L: usize, S: Vector<L>, const O: usize>(&mut self, output: &mut usize) {
        while *output + O <= self.into.outputs {
            let mut sums = [0.0; O];
            for gradient in neighbours::<O>(self.gradient, self.pitch, self.first + *output).take(self.rows.len()) {
                unrolled!(4; O, OUTPUT => sums[OUTPUT] += gradient[OUTPUT]);
            }
            self.write_bias::<L, S, O>(*output, sums);
            *output += O;
        }
    }
}

/// `R` neighbours from column `col` on, of each row of a matrix.
#[inline(always)]
fn neighbours<const R: usize>(matrix: &[f32], pitch: usize, col: usize) -> impl Iterator<Item = &[f32; R]> {
    matrix.chunks(pitch.max(1)).map_while(move |row| row.get(col..)?.first_chunk::<R>())
}

impl<T: DenseElement> Split for Narrow<'_, T> {
    fn work(&self) -> usize {
        self.rows.len() * self.into.inputs * self.into.outputs
    }

    // Every part reads all rows: few sums at a time take as long as five.
    fn most(&self) -> usize {
        self.into.outputs / 5
    }

    fn split(self, share: usize, parts: usize) -> (Self, Self) {
        let DenseMut { inputs, outputs, weight, bias } = self.into;
        let count = outputs * share / parts.max(1);
        let (weight, weight_rest) = weight.split_at_mut((count * inputs).min(weight.len()));
        let (bias, bias_rest) = bias.split_at_mut(count.min(bias.len()));
        let above = DenseMut { inputs, outputs: count, weight, bias };
        let below = DenseMut { inputs, outputs: outputs - count, weight: weight_rest, bias: bias_rest };
        (Self { into: above, ..self }, Self { into: below, first: self.first + count, ..self })
    }

    fn run_on(mut self, isa: Isa) {
        let DenseMut { inputs, outputs, .. } = self.into;
        let rows = self.rows.map(T::as_f32).filter(|rows| padded::takes_weights(rows.len(), inputs, outputs));
        if let Some(rows) = rows.filter(|_| inputs < isa.lanes()) {
            let gradient = Rows::new(self.gradient.get(self.first..).unwrap_or(&[]), self.pitch);
            padded::weights(isa, &rows, &gradient, &mut self.into, self.update);
        } else if inputs >= isa.lanes() {
            dispatch_on(isa, self);
        } else if const { T::IS_F32 } {
            dispatch_to_256(isa, Scalars(self));
        } else {
            // As with the forward product.
            Scalars(self).portable();
        }
    }
}
