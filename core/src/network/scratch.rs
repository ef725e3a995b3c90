//! The buffers that `predict` passes activations through: the smallest that will do, cut at both ends in turn.

use crate::tensor::Vector;

/// The first `A` and the last `B` values of a scratch that holds both, as vectors.
///
/// The code of `network!` asks only for pairs that fit; of a smaller buffer the result is `None`.
///
/// ```
/// use formwork::network::scratch;
/// let mut buffer = [0.0; 5];
/// let (front, back) = scratch::ends::<2, 3>(&mut buffer).unwrap();
/// front[(0, 1)] = 1.0;
/// back[(0, 0)] = 2.0;
/// assert_eq!(buffer, [0.0, 1.0, 2.0, 0.0, 0.0]);
/// ```
#[inline]
pub fn ends<const A: usize, const B: usize>(buffer: &mut [f32]) -> Option<(&mut Vector<A>, &mut Vector<B>)> {
    let (front, rest) = buffer.split_first_chunk_mut::<A>()?;
    let (_, back) = rest.split_last_chunk_mut::<B>()?;
    Some((Vector::from_mut(front), Vector::from_mut(back)))
}
