//! The loop in safe code. LLVM keeps the sums in registers and makes VLDR and VMLA of it for a Cortex-M4F: 36 instructions
//! for 16 multiply-adds.

use super::STRIP;

/// sums[j] += x weights[j].
#[inline(always)]
fn step(sums: &mut [f32; STRIP], x: f32, weights: Option<&[f32]>) {
    if let Some(weights) = weights.and_then(|weights| weights.first_chunk::<STRIP>()) {
        sums.iter_mut().zip(weights).for_each(|(sum, w)| *sum += x * w);
    }
}

/// sums[j] += sum_k left[k] right[k pitch + col + j].
#[inline(never)]
pub(in crate::kernel) fn accumulate(sums: &mut [f32; STRIP], left: &[f32], right: &[f32], pitch: usize, col: usize) {
    // Asked once, so that the loop need not ask for every row.
    let Some(end) = col.checked_add(STRIP).filter(|end| *end <= pitch) else { return };
    let mut held = *sums;
    // Two steps a turn: of one, a sixth is the turning.
    let (pairs, rest) = left.as_chunks::<2>();
    for ([x0, x1], rows) in pairs.iter().zip(right.chunks_exact((2 * pitch).max(1))) {
        let (row0, row1) = rows.split_at(pitch.min(rows.len()));
        step(&mut held, *x0, row0.get(col..end));
        step(&mut held, *x1, row1.get(col..end));
    }
    if let [x] = rest {
        let row = right.get(pairs.len() * 2 * pitch..).unwrap_or(&[]);
        step(&mut held, *x, row.get(col..end));
    }
    *sums = held;
}

/// The square root, correctly rounded.
#[cfg(not(feature = "std"))]
pub(in crate::kernel) fn sqrt(x: f32) -> f32 {
    libm::sqrtf(x)
}
