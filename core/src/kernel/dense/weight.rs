//! Weight and bias gradient, written out or folded into plain SGD.

use super::slim::{self, along, of_short, written};
use super::{DenseMut, DenseUpdate};
use crate::kernel::element::DenseElement;
use crate::kernel::isa::Kernel;
use crate::kernel::rows::Rows;
use crate::kernel::threads::{Split, place};
use crate::kernel::tile::{Finish, Held, Into, Left, PACKED, Right, add_product, multiply, neighbours, unrolled};
use crate::kernel::vector::{Vector, mul_add};

/// The gradient of W as `[inputs][outputs]`: sum over rows of x[i] g[o].
pub(super) struct Wide<'a, T> {
    pub(super) rows: Rows<'a, T>,
    pub(super) gradient: &'a [f32],
    /// A whole layer, or the inputs from `first` on.
    pub(super) into: DenseMut<'a>,
    pub(super) first: usize,
    pub(super) update: Option<DenseUpdate>,
}

/// The gradient of W as `[outputs][inputs]`.
pub(super) struct Narrow<'a, T> {
    pub(super) rows: Rows<'a, T>,
    pub(super) gradient: &'a [f32],
    /// A whole layer, or the outputs from `first` on.
    pub(super) into: DenseMut<'a>,
    pub(super) first: usize,
    /// Outputs of the whole layer.
    pub(super) pitch: usize,
    pub(super) update: Option<DenseUpdate>,
}

/// Rows whose inputs are packed at a time: 12 inputs of 512 rows take half of a 48 KiB first-level cache, and a batch
/// of up to 512 is packed once for all columns.
const BLOCK: usize = 512;

/// Room for the last vector that is packed, of up to 16 numbers.
const SPARE: usize = 16;

/// `R` inputs of each row of a block.
type Panel<const R: usize> = [[f32; R]; BLOCK + SPARE];

/// Rows `start..start + steps` of a batch.
#[derive(Clone, Copy)]
struct Part {
    start: usize,
    steps: usize,
    /// Whether they are the last.
    ends: bool,
}

impl<T: DenseElement> Kernel for Wide<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        if const { T::IS_F32 && S::FMA } && slim::is_short(self.into.inputs) {
            return of_short!(self.into.inputs, R >= 8, [8, 8, 4, 4], [4, 2, 2, 2], self.slim::<L, S>());
        }
        let count = self.rows.len();
        // The sums of a large batch wait in the gradient while the next rows are near; a step has no such place.
        let block = if self.update.is_none() { BLOCK } else { usize::MAX };
        let mut part = Part { start: 0, steps: 0, ends: false };
        while !part.ends {
            part.start += part.steps;
            part.steps = block.min(count - part.start);
            part.ends = part.start + part.steps >= count;
            let mut input = 0;
            self.tiles::<L, S, R, V>(part, &mut input);
            if const { R > 4 } {
                self.tiles::<L, S, 4, V>(part, &mut input);
            }
            self.tiles::<L, S, 2, V>(part, &mut input);
            self.tiles::<L, S, 1, V>(part, &mut input);
            self.bias::<L, S>(part);
        }
    }
}

impl<T: DenseElement> Wide<'_, T> {
    #[inline(always)]
    fn slim<const L: usize, S: Vector<L>, const I: usize, const V: usize>(&mut self) {
        along!(self.into.outputs, V, L, cover => {
            let into = (&mut self.into, self.first);
            slim::by_input::<T, L, S, I, _>(&cover, self.rows, self.gradient, into, self.update);
        });
    }

    #[inline(always)]
    fn tiles<const L: usize, S: Vector<L>, const R: usize, const V: usize>(&mut self, part: Part, input: &mut usize) {
        if *input + R <= self.into.inputs {
            let mut panel: Panel<R> = [[0.0; R]; BLOCK + SPARE];
            while *input + R <= self.into.inputs {
                self.tile::<L, S, R, V>(&mut panel, part, *input);
                *input += R;
            }
        }
    }

    #[inline(always)]
    fn tile<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
        &mut self,
        panel: &mut Panel<R>,
        part: Part,
        input: usize,
    ) {
        let outputs = self.into.outputs;
        if part.steps <= BLOCK {
            self.pack::<L, S, R>(panel, input, part.start);
        }
        let mut col = 0;
        // Few rows: eight sums at once hide the latency of a multiply-add.
        if const { R == 1 } {
            self.strips::<L, S, R, 8>(panel, part, input, &mut col);
        }
        if const { R <= 2 } {
            self.strips::<L, S, R, 4>(panel, part, input, &mut col);
        }
        self.strips::<L, S, R, V>(panel, part, input, &mut col);
        self.strips::<L, S, R, 1>(panel, part, input, &mut col);
        if let (true, Some(place)) = (col < outputs, outputs.checked_sub(L)) {
            self.some::<L, S, R, 1>(panel, part, input, (place, 1), col - place);
        }
    }

    /// Inputs `input..input + R` of the rows from `start` on.
    #[inline(always)]
    fn pack<const L: usize, S: Vector<L>, const R: usize>(&self, panel: &mut Panel<R>, input: usize, start: usize) {
        if const { R < L / 2 } {
            for (index, packed) in panel.iter_mut().enumerate().take(self.rows.len() - start) {
                let row = self.rows.row(start + index).get(self.first + input..).unwrap_or(&[]);
                packed.iter_mut().zip(row).for_each(|(packed, value)| *packed = value.unscaled());
            }
            return;
        }
        let panel = panel.as_flattened_mut();
        for index in 0..BLOCK.min(self.rows.len() - start) {
            let row = self.rows.row(start + index).get(self.first + input..).unwrap_or(&[]);
            let place = panel.get_mut(index * R..).unwrap_or(&mut []);
            // Whole vectors: what they write beyond the `R` inputs is written again by the rows that follow.
            for v in 0..R.div_ceil(L) {
                let vector = row.get(v * L..).and_then(|row| row.first_chunk::<L>());
                if let (Some(vector), Some(place)) = (vector, place.get_mut(v * L..).and_then(|p| p.first_chunk_mut()))
                {
                    T::load::<L, S>(vector).store(place);
                } else {
                    for (place, value) in place.iter_mut().zip(row).take(R).skip(v * L) {
                        *place = value.unscaled();
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn strips<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
        &mut self,
        panel: &mut Panel<R>,
        part: Part,
        input: usize,
        col: &mut usize,
    ) {
        let rest = self.into.outputs.saturating_sub(*col) / (V * L);
        // Of more rows than are packed at once, the sums of one strip are parked between.
        let most = if part.steps <= BLOCK { rest } else { 1 };
        for _ in 0..rest.checked_div(most).unwrap_or(0) {
            self.some::<L, S, R, V>(panel, part, input, (*col, most), 0);
            *col += most * V * L;
        }
    }

    #[inline(always)]
    fn some<const L: usize, S: Vector<L>, const R: usize, const V: usize>(
        &mut self,
        panel: &mut Panel<R>,
        part: Part,
        input: usize,
        (col, strips): (usize, usize),
        skip: usize,
    ) {
        let (outputs, Part { start, steps, ends }) = (self.into.outputs, part);
        let gradient = self.gradient;
        let right = |start: usize, steps| {
            let gradient = gradient.get(start * outputs..).unwrap_or(&[]);
            Right::<L, V>::strips(gradient, outputs, (col, strips), steps)
        };
        let (held, finish) = (if start == 0 { Held::Nothing } else { Held::There }, self.finish(T::SCALE, ends));
        if steps <= BLOCK {
            let left = Left::new(panel.as_flattened(), PACKED, R, steps);
            return multiply::<L, S, R, V, PACKED>(
                left,
                right(start, steps),
                held,
                self.place(input, col, skip),
                finish,
            );
        }
        let mut parked = [[[0.0; L]; V]; R];
        for start in (0..steps).step_by(BLOCK) {
            self.pack::<L, S, R>(panel, input, start);
            let count = BLOCK.min(steps - start);
            let left = Left::new(panel.as_flattened(), PACKED, R, count);
            if start + BLOCK < steps {
                let rows = parked.as_flattened_mut().as_flattened_mut();
                let into = Into { rows, pitch: V * L, col: 0, skip: 0 };
                multiply::<L, S, R, V, PACKED>(left, right(start, count), Held::There, into, Finish::Scaled(1.0));
            } else {
                let held = Held::Parked(parked.as_flattened().as_flattened());
                multiply::<L, S, R, V, PACKED>(left, right(start, count), held, self.place(input, col, skip), finish);
            }
        }
    }

    /// The weights of `input` and those after it.
    #[inline(always)]
    fn place(&mut self, input: usize, col: usize, skip: usize) -> Into<'_> {
        let pitch = self.into.outputs;
        Into { rows: self.into.weight.get_mut(input * pitch..).unwrap_or(&mut []), pitch, col, skip }
    }

    #[inline(always)]
    fn finish(&self, scale: f32, ends: bool) -> Finish<'static> {
        match self.update {
            Some(DenseUpdate { lr, decay }) if ends => Finish::Descent(decay, -lr, scale),
            _ => Finish::Scaled(if ends { scale } else { 1.0 }),
        }
    }

    /// The bias gradient: the sums of the columns of `gradient`, as a tile whose left side is all ones.
    #[inline(always)]
    fn bias<const L: usize, S: Vector<L>>(&mut self, part: Part) {
        let mut col = 0;
        while col + 4 * L <= self.into.outputs {
            self.some_bias::<L, S, 4>(part, col, 0);
            col += 4 * L;
        }
        while col < self.into.outputs {
            let place = col.min(self.into.outputs.saturating_sub(L));
            self.some_bias::<L, S, 1>(part, place, col - place);
            col = place + L;
        }
    }

    #[inline(always)]
    fn some_bias<const L: usize, S: Vector<L>, const V: usize>(&mut self, part: Part, col: usize, skip: usize) {
        let (outputs, held) = (self.into.outputs, if part.start == 0 { Held::Nothing } else { Held::There });
        let gradient = self.gradient.get(part.start * outputs..).unwrap_or(&[]);
        let right = Right::<L, V>::strips(gradient, outputs, (col, 1), part.steps);
        let finish = self.finish(1.0, part.ends);
        let into = Into { rows: self.into.bias, pitch: outputs, col, skip };
        multiply::<L, S, 1, V, 0>(Left::new(&[1.0], 0, 0, part.steps), right, held, into, finish);
    }
}

impl<T: DenseElement> Kernel for Narrow<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        let inputs = self.into.inputs;
        if inputs < L {
            for input in 0..inputs {
                self.outputs::<1, S::One, 1>(input, 0);
            }
        } else if const { T::IS_F32 && S::FMA } && slim::is_short(self.into.outputs) {
            return of_short!(self.into.outputs, R >= 8, [8, 8, 8, 4], [4, 4, 2, 2], self.slim::<L, S>());
        } else {
            let mut col = 0;
            // Ten outputs by two vectors are 20 sums: more than AVX2's registers.
            if const { R >= 8 } {
                while col + 2 * L <= inputs {
                    self.outputs::<L, S, 2>(col, 0);
                    col += 2 * L;
                }
            }
            while col < inputs {
                let place = col.min(inputs - L);
                self.outputs::<L, S, 1>(place, col - place);
                col = place + L;
            }
        }
        self.bias::<L, S>();
    }
}

impl<T: DenseElement> Narrow<'_, T> {
    #[inline(always)]
    fn slim<const L: usize, S: Vector<L>, const O: usize, const V: usize>(&mut self) {
        along!(self.into.inputs, V, L, cover => {
            let (gradient, into) = ((self.gradient, self.pitch), (&mut self.into, self.first));
            slim::by_output::<T, L, S, O, _>(&cover, self.rows, gradient, into, self.update);
        });
    }

    #[inline(always)]
    fn outputs<const L: usize, S: Vector<L>, const V: usize>(&mut self, col: usize, skip: usize) {
        let mut output = 0;
        if const { S::FMA } {
            self.outputs_of::<L, S, 10, V>(col, skip, &mut output);
        }
        self.outputs_of::<L, S, 4, V>(col, skip, &mut output);
        if const { S::FMA } {
            self.outputs_of::<L, S, 2, V>(col, skip, &mut output);
        }
        self.outputs_of::<L, S, 1, V>(col, skip, &mut output);
    }

    #[inline(always)]
    fn outputs_of<const L: usize, S: Vector<L>, const O: usize, const V: usize>(
        &mut self,
        col: usize,
        skip: usize,
        output: &mut usize,
    ) {
        let DenseMut { inputs, outputs, .. } = self.into;
        let scale = S::splat(T::SCALE);
        while *output + O <= outputs {
            let sums = self.sums::<L, S, O, V>(col, *output);
            let weight = self.into.weight.get_mut(*output * inputs..).unwrap_or(&mut []);
            for (row, sums) in weight.chunks_mut(inputs.max(1)).zip(&sums) {
                let Some(places) = row.get_mut(col..).and_then(|row| row.as_chunks_mut().0.first_chunk_mut()) else {
                    return;
                };
                write_row::<L, S, V>(self.update, places, sums, scale, skip);
            }
            *output += O;
        }
    }

    /// sum over rows of gradient[first + o] x[col..].
    #[inline(always)]
    fn sums<const L: usize, S: Vector<L>, const O: usize, const V: usize>(
        &self,
        col: usize,
        first: usize,
    ) -> [[S; V]; O] {
        let mut sums = [[S::splat(0.0); V]; O];
        let gradients = neighbours::<O>(self.gradient, self.pitch, self.first + first);
        for (index, gradient) in gradients.enumerate().take(self.rows.len()) {
            let row = self.rows.row(index).get(col..).and_then(|row| row.as_chunks::<L>().0.first_chunk::<V>());
            let Some(row) = row else { return sums };
            let mut x = [S::splat(0.0); V];
            unrolled!(V, VECTOR => x[VECTOR] = T::load(&row[VECTOR]));
            unrolled!(O, OUTPUT => add_product(&mut sums[OUTPUT], S::splat(gradient[OUTPUT]), &x));
        }
        sums
    }

    /// The bias gradient: the sums of the columns of `gradient`, four at a time.
    #[inline(always)]
    fn bias<const L: usize, S: Vector<L>>(&mut self) {
        let mut output = 0;
        self.some_bias::<L, S, 4>(&mut output);
        self.some_bias::<L, S, 1>(&mut output);
    }

    #[inline(always)]
    fn some_bias<const L: usize, S: Vector<L>, const O: usize>(&mut self, output: &mut usize) {
        while *output + O <= self.into.outputs {
            let mut sums = [0.0; O];
            for gradient in neighbours::<O>(self.gradient, self.pitch, self.first + *output).take(self.rows.len()) {
                unrolled!(O, OUTPUT => sums[OUTPUT] += gradient[OUTPUT]);
            }
            let places = self.into.bias.get_mut(*output..).and_then(|bias| bias.first_chunk_mut::<O>());
            for (place, sum) in places.unwrap_or(&mut [0.0; O]).iter_mut().zip(sums) {
                *place = match self.update {
                    Some(step) => mul_add::<L, S>(-step.lr, sum, step.decay * *place),
                    None => sum,
                };
            }
            *output += O;
        }
    }
}

/// Writes `V` vectors of sums; the first `skip` lanes of a single one keep what they hold.
#[inline(always)]
fn write_row<const L: usize, S: Vector<L>, const V: usize>(
    step: Option<DenseUpdate>,
    places: &mut [[f32; L]; V],
    sums: &[S; V],
    scale: S,
    skip: usize,
) {
    unrolled!(V, VECTOR => {
        let held = S::load(&places[VECTOR]);
        let value = written(step, held, sums[VECTOR].mul(scale));
        let value = if V == 1 && skip > 0 { value.keep(held, skip) } else { value };
        value.store(&mut places[VECTOR]);
    });
}

impl<T: DenseElement> Split for Wide<'_, T> {
    fn work(&self) -> usize {
        self.rows.len() * self.into.inputs * self.into.outputs
    }

    fn split(self, share: usize, parts: usize) -> (Self, Self) {
        let DenseMut { inputs, outputs, weight, bias } = self.into;
        let count = place(inputs, share, parts);
        let (weight, rest) = weight.split_at_mut((count * outputs).min(weight.len()));
        // The bias belongs to the part that begins the layer; the others have none to write.
        let above = DenseMut { inputs: count, outputs, weight, bias };
        let below = DenseMut { inputs: inputs - count, outputs, weight: rest, bias: &mut [] };
        (Self { into: above, ..self }, Self { into: below, first: self.first + count, ..self })
    }
}

impl<T: DenseElement> Split for Narrow<'_, T> {
    fn work(&self) -> usize {
        self.rows.len() * self.into.inputs * self.into.outputs
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
}
