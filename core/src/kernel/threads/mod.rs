//! Kernels split over rayon's current threads (feature `rayon`): outputs are shared out, sums never, so that the bits do
//! not depend on the number of threads.
//!
//! A thread that sleeps is up some 20 to 60 us after it was called, and to call it takes the caller some 5 us: as long as
//! small kernels take altogether. So threads stay awake between kernels that follow each other ([`team`]), and [`Plan`] is
//! the rule by which a kernel is shared with those that are awake, or wakes others.

use super::isa::{Isa, active};

#[cfg(feature = "rayon")]
pub(crate) mod team;

/// A kernel whose outputs can be shared out.
pub(crate) trait Split: Send + Sized {
    /// Runs it on a given instruction set.
    fn run_on(self, isa: Isa);
    /// Multiply-adds.
    #[cfg_attr(not(feature = "rayon"), expect(dead_code, reason = "asked for by threads alone"))]
    fn work(&self) -> usize;
    /// Most parts that it is worth cutting into: more would do part of the work twice, or have nothing to do.
    #[cfg_attr(not(feature = "rayon"), expect(dead_code, reason = "asked for by threads alone"))]
    fn most(&self) -> usize {
        usize::MAX
    }
    /// The first `share` of `parts` equal parts, and the rest.
    #[cfg_attr(not(feature = "rayon"), expect(dead_code, reason = "asked for by threads alone"))]
    fn split(self, share: usize, parts: usize) -> (Self, Self);
}

/// Multiply-adds that are worth a thread that is awake: 2 to 5 us of one core with AVX-512, where to share costs less than one.
#[cfg(feature = "rayon")]
const PART: usize = 1 << 18;

/// Multiply-adds that are worth waking a thread for: 20 to 40 us of one core, which may begin after 60.
#[cfg(feature = "rayon")]
const WAKING: usize = 1 << 21;

/// Parts for each thread where some may be late: they leave the rest of their share to the others.
#[cfg(feature = "rayon")]
const SHARES: usize = 2;

/// Most parts of a kernel.
#[cfg(feature = "rayon")]
const MOST: usize = 64;

#[cfg(feature = "rayon")]
static TEAM: team::Team = team::Team::new();

/// Runs a kernel, on several threads where its work is worth them.
#[inline]
pub(crate) fn run<K: Split>(kernel: K) {
    #[cfg(feature = "rayon")]
    if kernel.work() >= 2 * PART {
        return share(active(), kernel);
    }
    kernel.run_on(active());
}

/// How a kernel is shared out, so that none takes longer than on one thread because it waits for others to wake up:
///
/// | multiply-adds | no helper is awake | some are |
/// | --- | --- | --- |
/// | below 2 [`PART`] | runs here | runs here |
/// | below 3 [`WAKING`] | runs here; in a row of such kernels ([`team::Pace`]) it wakes helpers for the next | with those |
/// | more | wakes a helper for each [`WAKING`], and does not wait for it to begin | with those, or more |
#[cfg(feature = "rayon")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Threads that share the kernel, the calling one among them.
    pub(crate) threads: usize,
    /// Helpers that should be awake or on their way.
    pub(crate) helpers: usize,
}

#[cfg(feature = "rayon")]
impl Plan {
    /// For so much work where so many helpers are `awake` and `asked`; `pool` and `is_hot` are called where they count.
    pub(crate) fn new(
        (work, most): (usize, usize),
        (awake, asked): (usize, usize),
        pool: impl FnOnce() -> usize,
        is_hot: impl FnOnce() -> bool,
    ) -> Self {
        let many = most.min(work / PART);
        if many < 2 {
            return Self { threads: 1, helpers: 0 };
        }
        if work >= 3 * WAKING {
            let threads = pool().min(many.min((awake + 1).max(work / WAKING)));
            return Self { threads, helpers: threads.saturating_sub(1) };
        }
        // (The first call of a program makes the pool.)
        let hot = asked + 1 < many && is_hot();
        if awake == 0 && !hot {
            return Self { threads: 1, helpers: 0 };
        }
        let threads = pool().min(many);
        Self { threads: threads.min(awake + 1), helpers: if hot { threads.saturating_sub(1) } else { 0 } }
    }

    /// Parts to cut the kernel into: equal ones for threads that begin together.
    fn parts(self, (work, most): (usize, usize), awake: usize) -> usize {
        let shares = if awake + 1 < self.threads { SHARES } else { 1 };
        (self.threads * shares.min(most.min(work / PART) / self.threads.max(1)).max(1)).min(MOST)
    }
}

// Apart, like what it calls: small kernels should not walk through the place of the parts on the stack.
#[cfg(feature = "rayon")]
#[inline(never)]
fn share<K: Split>(isa: Isa, kernel: K) {
    if let Some(mut turn) = TEAM.turn() {
        let (size, awake) = ((kernel.work(), kernel.most()), turn.awake());
        let plan = Plan::new(size, (awake, turn.asked()), rayon::current_num_threads, || turn.is_hot());
        turn.ask(plan.helpers);
        if plan.threads > 1 {
            return share_out(isa, kernel, &turn, plan.threads, plan.parts(size, awake));
        }
    }
    kernel.run_on(isa);
    if let Some(mut turn) = TEAM.turn() {
        turn.ended();
    }
}

/// The calling thread takes parts like the others: it would wait for them anyway.
#[cfg(feature = "rayon")]
#[inline(never)]
fn share_out<K: Split>(isa: Isa, kernel: K, turn: &team::Turn<'_>, threads: usize, parts: usize) {
    use core::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Mutex, PoisonError};

    let mut slots = [const { None }; MOST];
    cut(kernel, slots.get_mut(..parts).unwrap_or(&mut []));
    let (slots, next) = (slots.map(Mutex::new), AtomicUsize::new(0));
    let slots = slots.get(..parts).unwrap_or(&[]);
    turn.share(threads - 1, &|| {
        while let Some(slot) = slots.get(next.fetch_add(1, Ordering::Relaxed)) {
            // (A name of its own: in the pattern of an `if let` the lock would be held while the part runs.)
            let part = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
            let Some(part) = part else { return };
            part.run_on(isa);
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

/// Where to cut `count` rows: at a multiple of four, because kernels are given whole fours. A ragged tile costs less than to
/// wait for the thread that has the larger part.
pub(crate) fn place(count: usize, share: usize, parts: usize) -> usize {
    place_of::<4>(count, share, parts)
}

/// Where to cut so many at a multiple of `WHOLE`.
pub(crate) fn place_of<const WHOLE: usize>(count: usize, share: usize, parts: usize) -> usize {
    count * share / parts.max(1) / WHOLE * WHOLE
}
