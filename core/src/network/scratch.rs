//! The buffers that `predict` passes activations through: the smallest that will do, cut at both ends in turn.

use crate::tensor::Vector;

/// The first `A` and the last `B` of the `N` values of a scratch, as vectors. A scratch that does not hold both does not compile.
///
/// ```
/// use formwork::network::scratch;
/// let mut buffer = [0.0; 5];
/// let (front, back) = scratch::ends::<2, 3, _>(&mut buffer);
/// front[(0, 1)] = 1.0;
/// back[(0, 0)] = 2.0;
/// assert_eq!(buffer, [0.0, 1.0, 2.0, 0.0, 0.0]);
/// ```
#[inline]
pub const fn ends<const A: usize, const B: usize, const N: usize>(
    buffer: &mut [f32; N],
) -> (&mut Vector<A>, &mut Vector<B>) {
    Vector::both_ends(buffer)
}
