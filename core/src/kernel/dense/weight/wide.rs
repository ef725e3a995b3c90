//! Of wide layers: tiles of inputs by vectors of outputs, over the rows.

use super::super::slim::{self, along, of_short};
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

/// The left side of a tile.
pub(super) enum Side<'p, 'r> {
    /// In this of the panels, if it is not read in place. Of more rows than are packed at once the first panel is used.
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

    // Apart: small layers should not walk through the place of the panel on the stack.
    #[inline(never)]
    fn all(&mut self, isa: Isa) {
        let (count, tall) = (self.rows.len(), isa.tiles().rows);
        // The sums of a large batch wait in the gradient while the next rows are near; a step has no such place.
        let block = if self.update.is_none() { BLOCK } else { usize::MAX };
        let mut room = Room::new();
        let mut packed = Packed::new(&mut room);
        let mut part = Part { start: 0, steps: 0, ends: false };
        while !part.ends {
            part.start += part.steps;
            part.steps = block.min(count - part.start);
            part.ends = part.start + part.steps >= count;
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

    /// Copies inputs of `count` rows from `start` on, at most [`BLOCK`], where tiles do not read them in place.
    fn pack(
        &self,
        isa: Isa,
        (packed, panels): (&mut Packed<'_>, usize),
        (input, height): (usize, usize),
        (start, count): (usize, usize),
    ) {
        if self.in_place().is_none() {
            dispatch_on(
                isa,
                Pack { rows: &self.rows, input: self.first + input, height, start, count, packed, panels },
            );
        }
    }

    /// The same inputs and rows, as a tile reads them.
    fn left<'p>(&self, packed: &'p [f32], (input, height): (usize, usize), (start, count): (usize, usize)) -> Left<'p>
    where
        'd: 'p,
    {
        let width = self.rows.width();
        match self.in_place() {
            Some(rows) => {
                let numbers = rows.get(start * width + self.first + input..).unwrap_or(&[]);
                Left::new(numbers, (height, PACKED), (count, width))
            }
            None => Left::new(packed, (height, PACKED), (count, height)),
        }
    }

    fn some(&mut self, isa: Isa, side: &mut Side<'_, '_>, part: Part, place: Place) {
        let (tiles, outputs, Part { start, steps, ends }) = (isa.tiles(), self.into.outputs, part);
        let Place { input, height, columns, .. } = place;
        let (gradient, finish) = (self.gradient, self.finish(T::SCALE, ends));
        let right = |start: usize, steps| {
            Right::new(tiles.lanes, (gradient.get(start * outputs..).unwrap_or(&[]), outputs), columns, steps)
        };
        if steps <= BLOCK {
            let held = if start == 0 { Held::Nothing } else { Held::There };
            let left = match side {
                Side::Packed(packed, panel) => self.left(packed.numbers(*panel), (input, height), (start, steps)),
                Side::Ready(left) => *left,
            };
            return multiply(tiles, left, right(start, steps), held, self.place(place), finish);
        }
        let Side::Packed(packed, _) = side else { return };
        let mut parked = [0.0; TALLEST * WIDEST];
        let width = columns.1 * tiles.lanes;
        for start in (0..steps).step_by(BLOCK) {
            let count = BLOCK.min(steps - start);
            self.pack(isa, (packed, 1), (input, height), (start, count));
            let left = self.left(packed.numbers(0), (input, height), (start, count));
            if start + BLOCK < steps {
                let into = Into { rows: &mut parked, pitch: width, col: 0, skip: 0 };
                multiply(tiles, left, right(start, count), Held::There, into, Finish::Scaled(1.0));
            } else {
                multiply(tiles, left, right(start, count), Held::Parked(&parked), self.place(place), finish);
            }
        }
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

/// [`Wide`] of few inputs.
struct Slim<'a, T>(Wide<'a, T>);

impl<T: DenseElement> Kernel for Slim<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(mut self) {
        if const { S::FMA } {
            of_short!(self.0.into.inputs, self.of::<L, S>());
        }
    }
}

impl<T: DenseElement> Slim<'_, T> {
    #[inline(always)]
    fn of<const L: usize, S: Vector<L>, const I: usize>(&mut self) {
        let Wide { rows, gradient, into, first, update, .. } = &mut self.0;
        for cover in along(into.outputs) {
            slim::by_input::<T, L, S, I>(&cover, *rows, gradient, (&mut *into, *first), *update);
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
            dispatch_on(isa, Slim(self));
        } else {
            self.all(isa);
        }
    }
}
