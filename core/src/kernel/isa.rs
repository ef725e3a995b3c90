//! Which instruction set runs: one body per kernel in safe Rust, compiled once for each set and chosen at run time.
//!
//! A [`Kernel`] is a struct of slices and sizes whose `run` is generic over the vector register, and over the rows and
//! vectors of the largest register tile. The functions below compile that body with the instruction set switched on. What is
//! made of tiles alone is no kernel: it takes the tiles of the set from a table.
//!
//! | set | lanes | fused | tile | why |
//! | --- | --- | --- | --- | --- |
//! | portable (x86-64 baseline, wasm, microcontrollers) | 4 | no | 4 x 2, 1 x 4 without an operating system | 16 registers of 4; 16 sums of one row on a Cortex-M4F |
//! | wasm simd128 (asked for while building, the portable bits) | 4 | no | 4 x 2 | 8 sums, 2 columns, 1 broadcast |
//! | AVX2 + FMA | 8 | yes | 6 x 2 | 12 sums, 2 columns, 1 broadcast: 15 of 16 registers |
//! | AVX-512 | 16 | yes | 12 x 2 | 24 sums, 2 columns: 26 of 32 registers, broadcasts are memory operands; 4 x 2 for small weights |
//! | NEON | 4 | yes | 8 x 2 | 16 sums, 2 columns, 8 broadcasts: 26 of 32 registers |
//!
//! The portable set multiplies, rounds, adds and rounds, each sum in the order of its index: a microcontroller and a
//! host told to run it agree bit for bit. `FORMWORK_ISA=portable` (or `avx2`, `avx512`, `neon`), read once under
//! `std`, overrides the choice where the machine has the set that it names.

use super::tile::Tiles;
use super::vector::Vector;

/// A body that runs on every instruction set.
pub(crate) trait Kernel: Sized {
    /// What it gives back.
    type Output;
    /// The body: vectors `S` of `L` lanes, tiles of `R` rows and `V` vectors.
    fn run<const L: usize, S: Vector<L>, const R: usize, const V: usize>(self) -> Self::Output;
}

/// An instruction set that this build can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isa {
    /// Whatever the target has without asking.
    Portable,
    /// AVX2 and FMA.
    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    Avx2,
    /// AVX-512 F, BW, DQ and VL.
    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    Avx512,
    /// NEON, which every aarch64 target of `std` has.
    #[cfg(all(feature = "std", target_arch = "aarch64"))]
    Neon,
}

impl Isa {
    /// Numbers in a vector.
    pub(crate) const fn lanes(self) -> usize {
        match self {
            Self::Portable => 4,
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Avx2 => 8,
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Avx512 => 16,
            #[cfg(all(feature = "std", target_arch = "aarch64"))]
            Self::Neon => 4,
        }
    }

    /// The register tiles that products are made of.
    pub(crate) const fn tiles(self) -> &'static Tiles {
        const PORTABLE: Tiles = Tiles::new::<4, Portable, PORTABLE_ROWS, PORTABLE_VECTORS>();
        match self {
            Self::Portable => &PORTABLE,
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Avx2 => const { &Tiles::new::<8, core::arch::x86_64::__m256, 6, 2>() },
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Avx512 => const { &Tiles::new::<16, core::arch::x86_64::__m512, 12, 2>() },
            #[cfg(all(feature = "std", target_arch = "aarch64"))]
            Self::Neon => const { &Tiles::new::<4, core::arch::aarch64::float32x4_t, 8, 2>() },
        }
    }

    /// Whether a multiply-add is rounded once.
    pub(crate) const fn fuses(self) -> bool {
        !matches!(self, Self::Portable)
    }
}

/// The portable register.
#[cfg(not(any(
    all(target_arch = "wasm32", target_feature = "simd128"),
    all(target_arch = "x86_64", target_feature = "sse2")
)))]
type Portable = super::vector::Plain<4, false>;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
type Portable = core::arch::wasm32::v128;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
type Portable = core::arch::x86_64::__m128;

/// Rows of the portable tile: a microcontroller predicts one sample at a time and has flash to save.
const PORTABLE_ROWS: usize = if cfg!(target_os = "none") { 1 } else { 4 };

/// Vectors of the portable tile: 16 sums of one row share the work of a step where there are 32 registers.
const PORTABLE_VECTORS: usize = if cfg!(target_os = "none") { 4 } else { 2 };

/// Runs a kernel on the best instruction set of the machine.
#[inline]
pub(crate) fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    dispatch_on(active(), kernel)
}

/// Runs a kernel on a given instruction set.
#[inline]
pub(crate) fn dispatch_on<K: Kernel>(isa: Isa, kernel: K) -> K::Output {
    match isa {
        Isa::Portable => kernel.portable(),
        // SAFETY: `Isa::Avx2` is made by `available` alone, after the processor was asked for AVX2 and FMA.
        #[cfg(all(feature = "std", target_arch = "x86_64"))]
        Isa::Avx2 => unsafe { kernel.avx2() },
        // SAFETY: `Isa::Avx512` is made by `available` alone, after the processor was asked for all these features.
        #[cfg(all(feature = "std", target_arch = "x86_64"))]
        Isa::Avx512 => unsafe { kernel.avx512() },
        #[cfg(all(feature = "std", target_arch = "aarch64"))]
        Isa::Neon => kernel.neon(),
    }
}

/// Runs a kernel on the best instruction set of at most 256 bits: for loops that wait for memory, which wider registers make no
/// quicker. Each copy of a kernel costs a user's first build.
#[inline]
pub(crate) fn dispatch_to_256<K: Kernel>(isa: Isa, kernel: K) -> K::Output {
    match isa {
        // SAFETY: `Isa::Avx512` is made by `available` alone, after the processor was asked for AVX2 and FMA too.
        #[cfg(all(feature = "std", target_arch = "x86_64"))]
        Isa::Avx2 | Isa::Avx512 => unsafe { kernel.avx2() },
        #[cfg(all(feature = "std", target_arch = "aarch64"))]
        Isa::Neon => kernel.neon(),
        Isa::Portable => kernel.portable(),
    }
}

/// A kernel on each instruction set.
// Methods, not functions: the compiler then sorts them by the module of the kernel, not of this file, and compiles the
// kernels side by side instead of one after the other.
pub(crate) trait OnEach: Kernel {
    /// On whatever the target has without asking.
    #[inline(never)]
    fn portable(self) -> Self::Output {
        self.run::<4, Portable, PORTABLE_ROWS, PORTABLE_VECTORS>()
    }

    /// # Safety
    /// The machine has these features.
    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    #[target_feature(enable = "avx2,fma")]
    #[inline(never)]
    unsafe fn avx2(self) -> Self::Output {
        self.run::<8, core::arch::x86_64::__m256, 6, 2>()
    }

    /// # Safety
    /// The machine has these features.
    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    #[inline(never)]
    unsafe fn avx512(self) -> Self::Output {
        self.run::<16, core::arch::x86_64::__m512, 12, 2>()
    }

    #[cfg(all(feature = "std", target_arch = "aarch64"))]
    #[inline(never)]
    fn neon(self) -> Self::Output {
        self.run::<4, core::arch::aarch64::float32x4_t, 8, 2>()
    }
}

impl<K: Kernel> OnEach for K {}

/// Without `std` there is neither a run-time choice nor `f32::mul_add`.
#[cfg(not(feature = "std"))]
#[inline(always)]
pub(crate) const fn active() -> Isa {
    Isa::Portable
}

#[cfg(feature = "std")]
pub(crate) use choice::active;
#[cfg(all(test, feature = "std"))]
pub(crate) use choice::{available, with_isa};

#[cfg(feature = "std")]
mod choice {
    use super::Isa;
    use std::sync::OnceLock;

    /// The instruction sets of this machine, plainest first.
    pub(crate) fn available() -> impl DoubleEndedIterator<Item = Isa> {
        #[cfg(target_arch = "x86_64")]
        let others = [
            (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Isa::Avx2),
            (is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("fma"))
            .then_some(Isa::Avx512),
        ];
        #[cfg(target_arch = "aarch64")]
        let others = [Some(Isa::Neon)];
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let others: [Option<Isa>; 0] = [];
        core::iter::once(Isa::Portable).chain(others.into_iter().flatten())
    }

    fn choose() -> Isa {
        let wanted = std::env::var("FORMWORK_ISA").unwrap_or_default();
        let named = available().find(|isa| std::format!("{isa:?}").eq_ignore_ascii_case(&wanted));
        named.or_else(|| available().next_back()).unwrap_or(Isa::Portable)
    }

    static CHOSEN: OnceLock<Isa> = OnceLock::new();

    /// The instruction set that kernels called from this thread run on.
    #[inline]
    pub(crate) fn active() -> Isa {
        #[cfg(test)]
        if let Some(isa) = FORCED.get() {
            return isa;
        }
        *CHOSEN.get_or_init(choose)
    }

    #[cfg(test)]
    std::thread_local! {
        static FORCED: core::cell::Cell<Option<Isa>> = const { core::cell::Cell::new(None) };
    }

    /// Runs `body` with the kernels that it calls on one instruction set.
    #[cfg(test)]
    pub(crate) fn with_isa<O>(isa: Isa, body: impl FnOnce() -> O) -> O {
        let before = FORCED.replace(Some(isa));
        let output = body();
        FORCED.set(before);
        output
    }
}

/// Asks for a row to be brought near, without waiting for it: shuffled rows are beyond every hardware prefetcher.
#[inline(always)]
pub(crate) fn prefetch<T>(row: &[T]) {
    for line in row.chunks(64 / size_of::<T>().clamp(1, 64)) {
        ask_for(line.as_ptr());
    }
}

/// The same for one line of the cache, wherever the pointer goes.
#[inline(always)]
pub(crate) fn ask_for<T>(place: *const T) {
    #[cfg(all(feature = "std", target_arch = "x86_64", not(miri)))]
    // SAFETY: a prefetch reads nothing, cannot fault, and SSE is part of x86-64.
    unsafe {
        core::arch::x86_64::_mm_prefetch::<{ core::arch::x86_64::_MM_HINT_T0 }>(place.cast());
    }
    #[cfg(not(all(feature = "std", target_arch = "x86_64", not(miri))))]
    let _ = place;
}
