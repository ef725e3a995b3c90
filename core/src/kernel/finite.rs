//! Whether numbers are all finite: what 0 times each of them is 0.

use super::isa::{Isa, Kernel, dispatch_to_256};
use super::tile::unrolled;
use super::vector::Vector;

/// Whether no number is infinite or NaN.
pub(crate) fn is_finite(isa: Isa, numbers: &[f32]) -> bool {
    dispatch_to_256(isa, IsFinite(numbers))
}

struct IsFinite<'a>(&'a [f32]);

impl Kernel for IsFinite<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) -> bool {
        let (vectors, rest) = self.0.as_chunks::<L>();
        let (fours, others) = vectors.as_chunks::<4>();
        let mut sums = [S::splat(0.0); 4];
        for four in fours {
            unrolled!(4; 4, PLACE => sums[PLACE] = S::load(&four[PLACE]).mul_add(S::splat(0.0), sums[PLACE]));
        }
        for vector in others {
            sums[0] = S::load(vector).mul_add(S::splat(0.0), sums[0]);
        }
        let [a, b, c, d] = sums;
        // (A NaN is not 0, and infinity times 0 is one.)
        a.add(b).add(c.add(d)).sum() == 0.0 && rest.iter().all(|number| number.is_finite())
    }
}
