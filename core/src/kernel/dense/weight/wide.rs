//! Of wide layers: tiles of inputs by vectors of outputs, over the rows.

use super::super::slim::{self, Cover, of_short};
use super::super::{DenseMut, DenseUpdate};
use super::packed::{BLOCK, GROUP, Pack, Packed, Room};
use crate::kernel::element::DenseElement;
use crate::kernel::isa::{Isa, Kernel, dispatch_on};
use crate::kernel::rows::Rows;
use crate::kernel::threads::{Split, place};
use crate::kernel::tile::{Finish, Held, Into, Left, PACKED, Right, TALLEST, WIDEST, multiply};
use crate::kernel::vector::Vector;

/// The gradient of W as `[inputs][outputs]`: sum over rows of x[i] g[o].
pub(crate) struct Wide<'a, T> {
    pub(crate) rows: Rows<'a, T>,
    pub(crate) gradient: &'a [f32],
    /// A whole layer, or the inputs from `first` on.
    pub(crate) into: DenseMut<'a>,
    pub(crate) first: usize,
    pub(crate) update: Option<DenseUpdate>,
    /// Whether the rows are pictures that are worth their own way.
    pub(crate) pictures: bool,
}

/// Rows `start..start + steps` of a batch.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) start: usize,
    pub(super) steps: usize,
    /// Whether they are the last.
    ends: bool,
}

impl Part {
    /// None yet.
    const NONE: Self = Self { start: 0, steps: 0, ends: false };
}

/// The left side of a tile.
pub(super) enum Side<'p, 'r> {
    /// In this of the panels. Of more rows than are packed at once the first panel is used.
    Packed(&'p mut Packed<'r>, usize),
    /// Ready to be read.
    Ready(Left<'p>),
}

/// Some inputs and the columns of a tile.
#[derive(Clone, Copy)]
struct Place {
    input: usize,
    height: usize,
    /// The first column, and the vectors and number of strips.
    columns: (usize, usize, usize),
    skip: usize,
}

/// Most outputs for which tiles read numbers where they lie, row after row. A copy takes 3 % of the time of 784 inputs of 256
/// rows by 256 outputs and 13 % of that of 64 x 64 x 64. It pays from 512 outputs on: each strip of them reads the rows again.
const FEW: usize = 256;

impl<'d, T: DenseElement> Wide<'d, T> {
    /// The rows, where tiles read them in place.
    #[inline]
    fn in_place(&self) -> Option<&'d [f32]> {
        self.rows.together().and_then(T::as_f32).filter(|_| self.into.outputs <= FEW)
    }

    /// The rows after those of `part`. The sums of a large batch wait in the gradient while the next rows are near; a step has
    /// no such place.
    #[inline]
    fn after(&self, part: Part) -> Part {
        let block = if self.update.is_none() { BLOCK } else { usize::MAX };
        let start = part.start + part.steps;
        let steps = block.min(self.rows.len() - start);
        Part { start, steps, ends: start + steps >= self.rows.len() }
    }

    /// Of rows that lie in `numbers`, read in place.
    fn there(&mut self, isa: Isa, numbers: &'d [f32]) {
        let (width, all, tall) = (self.rows.width(), self.into.inputs, isa.tiles().rows);
        // The last inputs go with the bias: one sum at a time waits for itself.
        let tiled = if isa.fuses() { all.saturating_sub(1) / 4 * 4 } else { all };
        let mut part = Part::NONE;
        while !part.ends {
            part = self.after(part);
            let mut input = 0;
            for height in [tall, 4, 2, 1] {
                while input + height <= tiled {
                    let numbers = numbers.get(part.start * width + self.first + input..).unwrap_or(&[]);
                    let left = Left::new(numbers, (height, PACKED), (part.steps, width));
                    self.tiles(isa, &mut Side::Ready(left), part, (input, height));
                    input += height;
                }
            }
            if tiled == all {
                self.bias(isa, part);
            }
        }
        if tiled < all {
            dispatch_on(isa, Slim { wide: self, skip: tiled });
        }
    }

    // Apart: small layers should not walk through the place of the panel on the stack.
    #[inline(never)]
    fn packed(&mut self, isa: Isa) {
        let tall = isa.tiles().rows;
        let mut room = Room::new();
        let mut packed = Packed::new(&mut room);
        let mut part = Part::NONE;
        while !part.ends {
            part = self.after(part);
            let pictures = self.pictures && part.steps <= BLOCK;
            let mut input = if pictures { self.pictures(isa, part) } else { 0 };
            for height in [tall, 4, 2, 1] {
                while input + height <= self.into.inputs {
                    let most = if height == tall { GROUP } else { 1 };
                    let times = most.min((self.into.inputs - input) / height);
                    if part.steps <= BLOCK {
                        self.pack(isa, (&mut packed, times), (input, height), (part.start, part.steps));
                    }
                    for panel in 0..times {
                        self.tiles(isa, &mut Side::Packed(&mut packed, panel), part, (input, height));
                        input += height;
                    }
                }
            }
            self.bias(isa, part);
        }
    }

    /// All outputs of some inputs.
    pub(super) fn tiles(&mut self, isa: Isa, side: &mut Side<'_, '_>, part: Part, (input, height): (usize, usize)) {
        let (outputs, tiles) = (self.into.outputs, isa.tiles());
        let mut place = Place { input, height, columns: (0, 0, 0), skip: 0 };
        // Few rows: eight sums at once hide the latency of a multiply-add.
        let widest = match height {
            1 => 8,
            2 => 4,
            _ => 2,
        };
        for vectors in [8, 4, 2, 1].into_iter().filter(|&vectors| vectors <= widest) {
            let rest = outputs.saturating_sub(place.columns.0) / (vectors * tiles.lanes);
            // Of more rows than are packed at once, the sums of one strip are parked between.
            let most = if part.steps <= BLOCK { rest } else { 1 };
            for _ in 0..rest.checked_div(most).unwrap_or(0) {
                (place.columns.1, place.columns.2) = (vectors, most);
                self.some(isa, side, part, place);
                place.columns.0 += most * vectors * tiles.lanes;
            }
        }
        if let (true, Some(last)) = (place.columns.0 < outputs, outputs.checked_sub(tiles.lanes)) {
            (place.skip, place.columns) = (place.columns.0 - last, (last, 1, 1));
            self.some(isa, side, part, place);
        }
    }

    /// Copies inputs of `count` rows from `start` on, at most [`BLOCK`].
    fn pack(
        &self,
        isa: Isa,
        (packed, panels): (&mut Packed<'_>, usize),
        (input, height): (usize, usize),
        (start, count): (usize, usize),
    ) {
        dispatch_on(isa, Pack { rows: &self.rows, input: self.first + input, height, start, count, packed, panels });
    }

    fn some(&mut self, isa: Isa, side: &mut Side<'_, '_>, part: Part, place: Place) {
        let Part { start, steps, ends } = part;
        let left = match side {
            Side::Packed(packed, _) if steps > BLOCK => return self.parked(isa, packed, steps, place),
            Side::Packed(packed, panel) => copied(packed.numbers(*panel), place.height, steps),
            Side::Ready(left) => *left,
        };
        let held = if start == 0 { Held::Nothing } else { Held::There };
        let (right, finish) = (self.right(isa, (start, steps), place), self.finish(T::SCALE, ends));
        multiply(isa.tiles(), left, right, held, self.place(place), finish);
    }

    /// Of more rows than are packed at once, the first panel's inputs.
    fn parked(&mut self, isa: Isa, packed: &mut Packed<'_>, steps: usize, place: Place) {
        let (tiles, Place { input, height, columns, .. }) = (isa.tiles(), place);
        let mut parked = [0.0; TALLEST * WIDEST];
        let width = columns.1 * tiles.lanes;
        for start in (0..steps).step_by(BLOCK) {
            let count = BLOCK.min(steps - start);
            self.pack(isa, (packed, 1), (input, height), (start, count));
            let left = copied(packed.numbers(0), height, count);
            let right = self.right(isa, (start, count), place);
            if start + BLOCK < steps {
                let into = Into { rows: &mut parked, pitch: width, col: 0, skip: 0 };
                multiply(tiles, left, right, Held::There, into, Finish::Scaled(1.0));
            } else {
                let finish = self.finish(T::SCALE, true);
                multiply(tiles, left, right, Held::Parked(&parked), self.place(place), finish);
            }
        }
    }

    /// The gradient of some rows.
    fn right(&self, isa: Isa, (start, steps): (usize, usize), place: Place) -> Right<'d> {
        let outputs = self.into.outputs;
        let numbers = self.gradient.get(start * outputs..).unwrap_or(&[]);
        Right::new(isa.tiles().lanes, (numbers, outputs), place.columns, steps)
    }

    /// The weights of some inputs.
    fn place(&mut self, place: Place) -> Into<'_> {
        let pitch = self.into.outputs;
        let rows = self.into.weight.get_mut(place.input * pitch..).unwrap_or(&mut []);
        Into { rows, pitch, col: place.columns.0, skip: place.skip }
    }

    fn finish(&self, scale: f32, ends: bool) -> Finish<'static> {
        match self.update {
            Some(DenseUpdate { lr, decay }) if ends => Finish::Descent(decay, lr, scale),
            _ => Finish::Scaled(if ends { scale } else { 1.0 }),
        }
    }

    /// The bias gradient: the sums of the columns of `gradient`, as a tile whose left side is all ones.
    fn bias(&mut self, isa: Isa, part: Part) {
        let (tiles, outputs) = (isa.tiles(), self.into.outputs);
        let gradient = self.gradient.get(part.start * outputs..).unwrap_or(&[]);
        let (held, finish) = (if part.start == 0 { Held::Nothing } else { Held::There }, self.finish(1.0, part.ends));
        let mut some = |columns: (usize, usize, usize), skip| {
            let right = Right::new(tiles.lanes, (gradient, outputs), columns, part.steps);
            let into = Into { rows: self.into.bias, pitch: outputs, col: columns.0, skip };
            multiply(tiles, Left::new(&[1.0], (1, 0), (part.steps, 0)), right, held, into, finish);
        };
        let wide = outputs / (4 * tiles.lanes);
        some((0, 4, wide), 0);
        let done = wide * 4 * tiles.lanes;
        let narrow = (outputs - done) / tiles.lanes;
        some((done, 1, narrow), 0);
        let done = done + narrow * tiles.lanes;
        if let (true, Some(last)) = (done < outputs, outputs.checked_sub(tiles.lanes)) {
            some((last, 1, 1), done - last);
        }
    }
}

/// `height` inputs of some rows, as a panel has them.
fn copied(numbers: &[f32], height: usize, rows: usize) -> Left<'_> {
    Left::new(numbers, (height, PACKED), (rows, height))
}

/// [`Wide`] of the last few inputs, and the bias.
struct Slim<'a, 'd, T> {
    wide: &'a mut Wide<'d, T>,
    /// The inputs before.
    skip: usize,
}

impl<T: DenseElement> Kernel for Slim<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        if const { S::FMA } {
            of_short!(self.wide.into.inputs - self.skip, self.of::<L, S>());
        }
    }
}

impl<T: DenseElement> Slim<'_, '_, T> {
    #[inline(always)]
    fn of<const L: usize, S: Vector<L>, const I: usize>(&mut self) {
        let Wide { rows, gradient, into, first, update, .. } = self.wide;
        let DenseMut { inputs, outputs, .. } = *into;
        let weight = into.weight.get_mut(self.skip * outputs..).unwrap_or(&mut []);
        let mut into = DenseMut { inputs, outputs, weight, bias: into.bias };
        let mut output = 0;
        while output < outputs {
            let into = (&mut into, *first + self.skip);
            // Where one vector is left, two would be the same one twice.
            if output + L < outputs {
                slim::by_input::<T, L, S, I, 2>(&Cover::new(output, outputs), *rows, gradient, into, *update);
                output += 2 * L;
            } else {
                slim::by_input::<T, L, S, I, 1>(&Cover::new(output, outputs), *rows, gradient, into, *update);
                output += L;
            }
        }
    }
}

impl<T: DenseElement> Split for Wide<'_, T> {
    fn work(&self) -> usize {
        self.rows.len() * self.into.inputs * self.into.outputs
    }

    // Every part reads the whole gradient: few inputs at a time take as long as eight.
    fn most(&self) -> usize {
        self.into.inputs / 8
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

    fn run_on(mut self, isa: Isa) {
        if const { T::IS_F32 } && isa.fuses() && slim::is_short(self.into.inputs) {
            dispatch_on(isa, Slim { wide: &mut self, skip: 0 });
        } else if let Some(numbers) = self.in_place() {
            self.there(isa, numbers);
        } else {
            self.packed(isa);
        }
    }
}
