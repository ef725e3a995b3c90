//! Squared errors of rows.

use super::isa::{Kernel, active, dispatch_to_256};
use super::rows::Rows;
use super::vector::Vector;

/// Sum over all elements of (y - t)^2, the targets by reference.
pub(crate) fn squared_errors(outputs: &[f32], width: usize, targets: &Rows<'_, f32>) -> f32 {
    dispatch_to_256(active(), Sum { outputs, width, targets })
}

/// The same, and y = scale (y - t).
pub(crate) fn squared_errors_and_gradient(
    outputs: &mut [f32],
    width: usize,
    targets: &Rows<'_, f32>,
    scale: f32,
) -> f32 {
    dispatch_to_256(active(), Gradient { outputs, width, targets, scale })
}

struct Sum<'a> {
    outputs: &'a [f32],
    width: usize,
    targets: &'a Rows<'a, f32>,
}

impl Kernel for Sum<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) -> f32 {
        // A sum for each lane: one for all would wait for itself at every element.
        let mut sums = [0.0; L];
        for (index, row) in self.outputs.chunks_exact(self.width.max(1)).enumerate() {
            let target = self.targets.row(index);
            let ((ys, y), (ts, t)) = (row.as_chunks::<L>(), target.as_chunks::<L>());
            for (y, t) in ys.iter().zip(ts) {
                sums.iter_mut().zip(y.iter().zip(t)).for_each(|(sum, (y, t))| *sum += (y - t) * (y - t));
            }
            sums.iter_mut().zip(y.iter().zip(t)).for_each(|(sum, (y, t))| *sum += (y - t) * (y - t));
        }
        S::load(&sums).sum()
    }
}

struct Gradient<'a> {
    outputs: &'a mut [f32],
    width: usize,
    targets: &'a Rows<'a, f32>,
    scale: f32,
}

impl Kernel for Gradient<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) -> f32 {
        let (mut sums, scale) = ([0.0; L], self.scale);
        for (index, row) in self.outputs.chunks_exact_mut(self.width.max(1)).enumerate() {
            let target = self.targets.row(index);
            let ((ys, y), (ts, t)) = (row.as_chunks_mut::<L>(), target.as_chunks::<L>());
            for (y, t) in ys.iter_mut().zip(ts) {
                step(&mut sums, y, t, scale);
            }
            step(&mut sums, y, t, scale);
        }
        S::load(&sums).sum()
    }
}

/// A square into each lane, as many as there are elements.
#[inline(always)]
fn step<const L: usize>(sums: &mut [f32; L], y: &mut [f32], t: &[f32], scale: f32) {
    for (sum, (y, t)) in sums.iter_mut().zip(y.iter_mut().zip(t)) {
        let error = *y - t;
        *sum += error * error;
        *y = scale * error;
    }
}
