//! Kernels split over rayon's current threads (feature `rayon`): outputs are shared out, sums never, so that the bits do
//! not depend on the number of threads.

use super::isa::{Isa, active};

/// A kernel whose outputs can be shared out.
pub(crate) trait Split: Send + Sized {
    /// Runs it on a given instruction set.
    fn run_on(self, isa: Isa);
    /// Multiply-adds.
    #[cfg_attr(not(feature = "rayon"), expect(dead_code, reason = "asked for by threads alone"))]
    fn work(&self) -> usize;
    /// The first `share` of `parts` equal parts, and the rest.
    #[cfg_attr(not(feature = "rayon"), expect(dead_code, reason = "asked for by threads alone"))]
    fn split(self, share: usize, parts: usize) -> (Self, Self);
}

/// Multiply-adds that are worth a thread of their own: some 10 us of one core with AVX-512. A batch of 256 pictures through
/// 784-10 has two such parts: two threads train it in 0.9 to 1.0 of the time of one, so smaller work stays on one.
#[cfg(feature = "rayon")]
const WORTH: usize = 1 << 20;

/// Parts for each thread: one that wakes up late, or is interrupted, leaves the rest of its share to the others.
#[cfg(feature = "rayon")]
const SHARES: usize = 4;

/// Most parts of a kernel.
#[cfg(feature = "rayon")]
const MOST: usize = 64;

/// Runs a kernel, on several threads where its work is worth them.
#[inline]
pub(crate) fn run<K: Split>(kernel: K) {
    #[cfg(feature = "rayon")]
    {
        let threads = (kernel.work() / WORTH).min(rayon::current_num_threads());
        if threads > 1 {
            return share(active(), kernel, threads);
        }
    }
    kernel.run_on(active());
}

/// The calling thread takes parts like the others: it would wait for them anyway, and to wake a thread takes as long as a
/// small kernel.
#[cfg(feature = "rayon")]
fn share<K: Split>(isa: Isa, kernel: K, threads: usize) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Mutex, PoisonError};

    let parts = (SHARES * threads).min(kernel.work() / WORTH).min(MOST);
    let mut slots = [const { None }; MOST];
    cut(kernel, slots.get_mut(..parts).unwrap_or(&mut []));
    let (slots, left) = (Mutex::new(slots.into_iter().flatten()), AtomicUsize::new(parts));
    let work = || {
        loop {
            // (A name of its own: in the condition of a `while let` the lock would be held while the part runs.)
            let part = slots.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(part) = part else { return };
            part.run_on(isa);
            left.fetch_sub(1, Ordering::Release);
        }
    };
    rayon::in_place_scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|_| work());
        }
        work();
        // The others are about to finish their last parts: to sleep until then would take longer.
        let patience = std::time::Instant::now() + std::time::Duration::from_micros(200);
        while left.load(Ordering::Acquire) > 0 && std::time::Instant::now() < patience {
            core::hint::spin_loop();
        }
    });
}

/// Cuts a kernel into a part for each slot.
#[cfg(feature = "rayon")]
fn cut<K: Split>(kernel: K, slots: &mut [Option<K>]) {
    let parts = slots.len();
    if let [slot] = slots {
        *slot = Some(kernel);
    } else if parts > 1 {
        let share = parts / 2;
        let (first, rest) = kernel.split(share, parts);
        let (before, behind) = slots.split_at_mut(share);
        cut(first, before);
        cut(rest, behind);
    }
}

/// Where to cut `count` rows: at a multiple of 12, the most rows of a tile, so that the cut leaves no ragged tile; of four
/// where there are few, because kernels are given whole fours.
pub(crate) fn place(count: usize, share: usize, parts: usize) -> usize {
    let place = count * share / parts.max(1);
    if count >= 24 * parts { place / 12 * 12 } else { place / 4 * 4 }
}
