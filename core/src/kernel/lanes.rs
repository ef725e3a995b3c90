//! Loops over the elements of a tensor: a result at each place, and folds. What is computed is a closure; the loops are
//! compiled for the instruction sets that `ON` asks for, with the same bits on all.

use super::isa::{Kernel, OnEach, active, dispatch, dispatch_to_256};
use super::vector::Vector;
use core::marker::PhantomData;
use core::mem::MaybeUninit;

/// What a loop is compiled for: whatever the target has without asking.
pub(crate) const TARGET: u8 = 0;
/// For registers of up to 256 bits too: arithmetic, which waits for memory. In the first-level cache AVX-512 takes 0.9 to 1.1
/// of the time.
pub(crate) const TO_256: u8 = 1;
/// For every instruction set: functions of many operations, of which AVX-512 takes 0.5 to 0.7 of the time.
pub(crate) const ALL: u8 = 2;

#[inline(always)]
fn on<const ON: u8, K: Kernel>(kernel: K) -> K::Output {
    match ON {
        TARGET => kernel.portable(),
        TO_256 => dispatch_to_256(active(), kernel),
        _ => dispatch(kernel),
    }
}

/// Values and the places of their results: the values' own places, or new ones. Every loop writes every place.
pub(crate) trait Places: Sized {
    /// What stands there.
    type Element: Copy;
    /// The values.
    fn values(&self) -> &[Self::Element];
    /// place = f(value).
    fn every(self, f: impl Fn(Self::Element) -> Self::Element);
    /// place = f(value, right), with as many right sides as values.
    fn each(self, right: &[Self::Element], f: impl Fn(Self::Element, Self::Element) -> Self::Element);
    /// Pieces of `size` places, the last one maybe shorter.
    fn pieces(self, size: usize) -> impl Iterator<Item = Self>;
}

impl<T: Copy> Places for &mut [T] {
    type Element = T;
    #[inline(always)]
    fn values(&self) -> &[T] {
        self
    }
    #[inline(always)]
    fn every(self, f: impl Fn(T) -> T) {
        for x in self {
            *x = f(*x);
        }
    }
    #[inline(always)]
    fn each(self, right: &[T], f: impl Fn(T, T) -> T) {
        for (x, &y) in self.iter_mut().zip(right) {
            *x = f(*x, y);
        }
    }
    #[inline(always)]
    fn pieces(self, size: usize) -> impl Iterator<Item = Self> {
        self.chunks_mut(size.max(1))
    }
}

/// Values, and as many new places for the results.
pub(crate) struct Fresh<'a, T> {
    /// The values.
    pub(crate) from: &'a [T],
    /// The places.
    pub(crate) to: &'a mut [MaybeUninit<T>],
}

impl<T: Copy> Places for Fresh<'_, T> {
    type Element = T;
    #[inline(always)]
    fn values(&self) -> &[T] {
        self.from
    }
    #[inline(always)]
    fn every(self, f: impl Fn(T) -> T) {
        for (to, &x) in self.to.iter_mut().zip(self.from) {
            to.write(f(x));
        }
    }
    #[inline(always)]
    fn each(self, right: &[T], f: impl Fn(T, T) -> T) {
        for ((to, &x), &y) in self.to.iter_mut().zip(self.from).zip(right) {
            to.write(f(x, y));
        }
    }
    #[inline(always)]
    fn pieces(self, size: usize) -> impl Iterator<Item = Self> {
        let size = size.max(1);
        self.from.chunks(size).zip(self.to.chunks_mut(size)).map(|(from, to)| Fresh { from, to })
    }
}

struct Every<P, F> {
    places: P,
    f: F,
}

impl<P: Places, F: Fn(P::Element) -> P::Element> Kernel for Every<P, F> {
    type Output = ();
    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        self.places.every(self.f);
    }
}

/// place = f(value).
#[inline(always)]
pub(crate) fn every<const ON: u8, P: Places>(places: P, f: impl Fn(P::Element) -> P::Element) {
    on::<ON, _>(Every { places, f });
}

struct Each<'a, P: Places, F> {
    places: P,
    right: &'a [P::Element],
    f: F,
}

impl<P: Places, F: Fn(P::Element, P::Element) -> P::Element> Kernel for Each<'_, P, F> {
    type Output = ();
    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        for row in self.places.pieces(self.right.len()) {
            row.each(self.right, &self.f);
        }
    }
}

/// place = f(value, right); a right side shorter than the values is repeated, a row for all rows.
#[inline(always)]
pub(crate) fn each<const ON: u8, P: Places>(
    places: P,
    right: &[P::Element],
    f: impl Fn(P::Element, P::Element) -> P::Element,
) {
    on::<ON, _>(Each { places, right, f });
}

struct EachRow<'a, P: Places, F> {
    places: P,
    right: &'a [P::Element],
    f: F,
}

impl<P: Places, F: Fn(P::Element, P::Element) -> P::Element> Kernel for EachRow<'_, P, F> {
    type Output = ();
    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let cols = self.places.values().len() / self.right.len().max(1);
        for (row, &right) in self.places.pieces(cols).zip(self.right) {
            row.every(|x| (self.f)(x, right));
        }
    }
}

/// place = f(value, right of its row): the values are as many rows as there are right sides, at least one.
#[inline(always)]
pub(crate) fn each_row<const ON: u8, P: Places>(
    places: P,
    right: &[P::Element],
    f: impl Fn(P::Element, P::Element) -> P::Element,
) {
    on::<ON, _>(EachRow { places, right, f });
}

/// The fold of the whole groups of `N` values, each place of a group for itself, joined by halves; and the values left.
#[inline(always)]
fn fold_groups<'a, const N: usize, A: Copy, T: Copy>(
    values: &'a [T],
    start: A,
    add: &impl Fn(A, T) -> A,
    join: &impl Fn(A, A) -> A,
) -> (A, &'a [T]) {
    let (groups, rest) = values.as_chunks::<N>();
    if groups.is_empty() {
        return (start, rest);
    }
    let mut lanes = [start; N];
    for group in groups {
        for (lane, &value) in lanes.iter_mut().zip(group) {
            *lane = add(*lane, value);
        }
    }
    // Seen together with the joins below, the loop above becomes vectors of four: the joins must not be seen. (By value: a
    // place that is seen elsewhere is written at every turn of the loop.)
    let mut lanes = core::hint::black_box(lanes);
    join_halves::<8, _>(&mut lanes, join);
    join_halves::<4, _>(&mut lanes, join);
    join_halves::<2, _>(&mut lanes, join);
    join_halves::<1, _>(&mut lanes, join);
    (lanes.first().copied().unwrap_or(start), rest)
}

/// Joins the lanes from `HALF` to twice that with those before, where there are so many.
#[inline(always)]
fn join_halves<const HALF: usize, A: Copy>(lanes: &mut [A], join: &impl Fn(A, A) -> A) {
    let Some((low, high)) = lanes.split_first_chunk_mut::<HALF>() else { return };
    if let Some(high) = high.first_chunk::<HALF>() {
        for (a, &b) in low.iter_mut().zip(high) {
            *a = join(*a, b);
        }
    }
}

/// Folds in lanes side by side, which the compiler turns into vector code; the order of the operands is fixed. `start`
/// changes nothing, however often it is joined.
#[inline(always)]
pub(crate) fn fold<A: Copy, T: Copy>(values: &[T], start: A, add: impl Fn(A, T) -> A, join: impl Fn(A, A) -> A) -> A {
    let (sum, rest) = fold_groups::<16, _, _>(values, start, &add, &join);
    let (few, rest) = fold_groups::<4, _, _>(rest, start, &add, &join);
    rest.iter().fold(join(sum, few), |sum, &value| add(sum, value))
}

/// What a row is reduced to. A trait of its own: the compiler may leave the call of a function that is handed on as `Fn`, and
/// a loop in there is not compiled for the instruction set around it.
pub(crate) trait Reduce<T, A> {
    /// f(row, what stood in the output before).
    fn reduce(row: &[T], before: A) -> A;
}

struct Rows<'a, T, A, F> {
    values: &'a [T],
    output: &'a mut [A],
    reduce: PhantomData<F>,
}

impl<T, A: Copy, F: Reduce<T, A>> Kernel for Rows<'_, T, A, F> {
    type Output = ();
    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let cols = self.values.len() / self.output.len().max(1);
        for (to, row) in self.output.iter_mut().zip(self.values.chunks(cols.max(1))) {
            *to = F::reduce(row, *to);
        }
    }
}

/// output = f(row, output), for as many rows as there are outputs.
#[inline(always)]
pub(crate) fn rows<const ON: u8, F: Reduce<T, A>, T, A: Copy>(values: &[T], output: &mut [A]) {
    on::<ON, _>(Rows { values, output, reduce: PhantomData::<F> });
}

struct Down<'a, T, A, F> {
    values: &'a [T],
    output: &'a mut [A],
    f: F,
}

impl<T: Copy, A: Copy, F: Fn(A, T) -> A> Kernel for Down<'_, T, A, F> {
    type Output = ();
    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        // Four rows at a time: the outputs are read and written a quarter as often.
        let cols = self.output.len().max(1);
        for rows in self.values.chunks(4 * cols) {
            let mut lines = rows.chunks_exact(cols);
            if let [Some(a), Some(b), Some(c), Some(d)] = core::array::from_fn(|_| lines.next()) {
                for ((((to, &a), &b), &c), &d) in self.output.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                    *to = (self.f)((self.f)((self.f)((self.f)(*to, a), b), c), d);
                }
                continue;
            }
            for row in rows.chunks_exact(cols) {
                for (to, &value) in self.output.iter_mut().zip(row) {
                    *to = (self.f)(*to, value);
                }
            }
        }
    }
}

/// output = f(output, value), row after row: a fold down each column.
#[inline(always)]
pub(crate) fn down<const ON: u8, T: Copy, A: Copy>(values: &[T], output: &mut [A], f: impl Fn(A, T) -> A) {
    on::<ON, _>(Down { values, output, f });
}

struct PositionDown<'a, T, F> {
    values: &'a [T],
    wanted: &'a [T],
    output: &'a mut [i64],
    same: F,
}

impl<T: Copy, F: Fn(T, T) -> bool> Kernel for PositionDown<'_, T, F> {
    type Output = ();
    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        // From the last row up, so that the first of equal ones stays.
        for (place, row) in self.values.chunks(self.wanted.len().max(1)).enumerate().rev() {
            for ((to, &value), &wanted) in self.output.iter_mut().zip(row).zip(self.wanted) {
                *to = if (self.same)(value, wanted) { place as i64 } else { *to };
            }
        }
    }
}

/// The first row in which each column's value is the same as the wanted one.
#[inline(always)]
pub(crate) fn position_down<const ON: u8, T: Copy>(
    values: &[T],
    wanted: &[T],
    output: &mut [i64],
    same: impl Fn(T, T) -> bool,
) {
    on::<ON, _>(PositionDown { values, wanted, output, same });
}

struct PositionRows<'a, T, F> {
    values: &'a [T],
    wanted: &'a [T],
    output: &'a mut [i64],
    same: F,
}

impl<T: Copy, F: Fn(T, T) -> bool> Kernel for PositionRows<'_, T, F> {
    type Output = ();
    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) {
        let cols = (self.values.len() / self.output.len().max(1)).max(1);
        for ((to, row), &wanted) in self.output.iter_mut().zip(self.values.chunks(cols)).zip(self.wanted) {
            *to = position(row, |value| (self.same)(value, wanted)) as i64;
        }
    }
}

/// The first column in which each row's value is the same as the wanted one.
#[inline(always)]
pub(crate) fn position_rows<const ON: u8, T: Copy>(
    values: &[T],
    wanted: &[T],
    output: &mut [i64],
    same: impl Fn(T, T) -> bool,
) {
    on::<ON, _>(PositionRows { values, wanted, output, same });
}

/// The place of the first value for which `found` holds; 0 where there is none.
#[inline(always)]
fn position<T: Copy>(values: &[T], found: impl Fn(T) -> bool) -> usize {
    const LANES: usize = 16;
    let (groups, _) = values.as_chunks::<LANES>();
    let before = groups.iter().take_while(|group| !group.iter().fold(false, |any, &value| any | found(value)));
    let start = LANES * before.count();
    let place = values.iter().skip(start).position(|&value| found(value));
    place.map_or(0, |place| start + place)
}

/// Side of the blocks in which a matrix is transposed: 8 rows are read beside each other, a line of 8 is written at once.
const SIDE: usize = 8;

/// The transpose of a matrix of `cols` columns.
#[inline(always)]
pub(crate) fn transpose<T: Copy>(from: &[T], to: &mut [T], rows: usize, cols: usize) {
    if rows == 0 || cols == 0 {
        return;
    }
    for (band, lines) in from.chunks(SIDE * cols).enumerate() {
        let first = band * SIDE;
        // Whole blocks: a line of the result takes one value of each of the rows.
        let mut lines_left = lines.chunks_exact(cols);
        if let [Some(a), Some(b), Some(c), Some(d), Some(e), Some(f), Some(g), Some(h)] =
            core::array::from_fn(|_| lines_left.next())
        {
            let columns = a.iter().zip(b).zip(c).zip(d).zip(e).zip(f).zip(g).zip(h);
            for (to, (((((((a, b), c), d), e), f), g), h)) in to.chunks_exact_mut(rows).zip(columns) {
                if let Some(to) = to.get_mut(first..).and_then(<[T]>::first_chunk_mut) {
                    *to = [*a, *b, *c, *d, *e, *f, *g, *h];
                }
            }
        } else {
            for (place, line) in (first..).zip(lines.chunks_exact(cols)) {
                for (to, &value) in to.iter_mut().skip(place).step_by(rows).zip(line) {
                    *to = value;
                }
            }
        }
    }
}
