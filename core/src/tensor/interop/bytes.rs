//! `bytemuck`: a tensor is its array and nothing else, so that `bytes_of(x.as_array())` are its bytes. (`Pod` asks for
//! `Copy`, which tensors are not, so that no large one is copied unseen.)
#![allow(unsafe_code, reason = "one of the few views of the tensor floor; each block is argued")]

use crate::Tensor;
use bytemuck::{TransparentWrapper, Zeroable};

// SAFETY: a tensor is an array of arrays of T and nothing else (`repr(transparent)`).
unsafe impl<const R: usize, const C: usize, T: Zeroable> Zeroable for Tensor<R, C, T> {}
// SAFETY: as above.
unsafe impl<const R: usize, const C: usize, T> TransparentWrapper<[[T; C]; R]> for Tensor<R, C, T> {}

#[cfg(test)]
mod tests {
    use crate::Tensor;
    use bytemuck::{TransparentWrapper, Zeroable};

    #[test]
    fn a_tensor_is_its_bytes() {
        let x = crate::tensor![[1_u8, 2], [3, 4]];
        assert_eq!(bytemuck::bytes_of(x.as_array()), [1, 2, 3, 4]);
        assert_eq!(Tensor::<2, 2, u8>::wrap_ref(bytemuck::from_bytes(&[1, 2, 3, 4])), &x);
        assert_eq!(Tensor::<2, 2>::zeroed(), Tensor::zeros());
    }
}
