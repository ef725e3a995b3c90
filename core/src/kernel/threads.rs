//! Kernels split over rayon's current threads (feature `rayon`): outputs are shared out, sums never, so that the bits do
//! not depend on the number of threads.

use super::isa::{Kernel, dispatch};

/// A kernel whose outputs can be shared out.
pub(crate) trait Split: Kernel<Output = ()> + Send + Sized {
    /// Multiply-adds.
    #[cfg_attr(not(feature = "rayon"), allow(dead_code, reason = "asked for by threads alone"))]
    fn work(&self) -> usize;
    /// The first `share` of `parts` equal parts, and the rest.
    #[cfg_attr(not(feature = "rayon"), allow(dead_code, reason = "asked for by threads alone"))]
    fn split(self, share: usize, parts: usize) -> (Self, Self);
}

/// Multiply-adds that are worth a thread of their own: some 10 us of one core with AVX-512. A batch of 256 pictures through
/// 784-10 has two such parts, and two threads train it in two thirds of the time of one.
#[cfg(feature = "rayon")]
const WORTH: usize = 1 << 20;

/// Runs a kernel, on several threads where its work is worth them.
#[inline]
pub(crate) fn run<K: Split>(kernel: K) {
    #[cfg(feature = "rayon")]
    {
        let parts = (kernel.work() / WORTH).min(rayon::current_num_threads());
        if parts > 1 {
            return cut(super::isa::active(), kernel, parts);
        }
    }
    dispatch(kernel);
}

#[cfg(feature = "rayon")]
fn cut<K: Split>(isa: super::isa::Isa, kernel: K, parts: usize) {
    if parts < 2 {
        return super::isa::dispatch_on(isa, kernel);
    }
    let share = parts / 2;
    let (first, rest) = kernel.split(share, parts);
    rayon::join(|| cut(isa, first, share), || cut(isa, rest, parts - share));
}

/// Where to cut `count` rows: at a multiple of 12, the most rows of a tile, so that the cut leaves no ragged tile; of four
/// where there are few, because kernels are given whole fours.
pub(crate) fn place(count: usize, share: usize, parts: usize) -> usize {
    let place = count * share / parts.max(1);
    if count >= 24 * parts { place / 12 * 12 } else { place / 4 * 4 }
}
