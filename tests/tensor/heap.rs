//! A tensor of 188 MB lives on the heap alone: a thread with a small stack can make, copy, change and reduce it.

use formwork::{Tensor, tensor::Boxed};

#[test]
fn a_boxed_tensor_never_passes_over_the_stack() {
    let work = || {
        let mut pictures = Tensor::<60000, 784>::boxed_zeros();
        pictures.fill(0.5);
        let mut copy = Boxed::from(pictures).clone();
        *copy += 0.25;
        *copy *= 2.0;
        assert_eq!(copy.sum(), 1.5 * 60000.0 * 784.0);
        assert_eq!(copy.mean(), 1.5);
        assert_eq!((copy.max(), copy.min()), (1.5, 1.5));
        assert_eq!(copy.sum_dim0()[(0, 783)], 90000.0);
        assert_eq!(copy.var(0), 0.0);
        assert_eq!(copy.boxed_clone()[(59999, 783)], 1.5);
    };
    std::thread::Builder::new().stack_size(256 * 1024).spawn(work).unwrap().join().unwrap();
}
