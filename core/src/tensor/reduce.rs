//! Reductions: over all, over the rows (`_dim0`, one result a column) and over the columns (`_dim1`, one result a row).
//!
//! A dimension that is reduced keeps size 1, as with PyTorch's `keepdim=True`, so that the result can be spread over the tensor
//! again ([`over_rows`](Tensor::over_rows), [`over_cols`](Tensor::over_cols)). `NaN` is handed on by every one of them.
//! Integers are added up in `i64` as PyTorch does (`u64` in `u64`) and wrap there.

use super::assert::fits;
use super::number::{Binary, Extreme, Float, Number, Sum};
use super::{Tensor, Vector};

impl<const R: usize, const C: usize, T: Sum> Tensor<R, C, T> {
    /// The sum of all elements; `bool` counts what is true. Integers are added up in `i64`, `u64` in `u64`, and wrap there, as in
    /// PyTorch; `NaN` where there is one, or both infinities.
    ///
    /// ```
    /// use formwork::tensor;
    /// let x = tensor![[1.0, 2.0], [3.0, 4.0]];
    /// assert_eq!(x.sum(), 10.0);
    /// assert_eq!(x.sum_dim0(), tensor![4.0, 6.0]);
    /// assert_eq!(x.sum_dim1(), tensor![[3.0], [7.0]]);
    /// assert_eq!(x.gt(1.5).sum(), 3);
    /// ```
    pub fn sum(&self) -> T::Output {
        T::sum(self.as_slice())
    }

    /// The sum of each column; see [`sum`](Self::sum). PyTorch: `x.sum(dim=0, keepdim=True)`.
    pub fn sum_dim0(&self) -> Vector<C, T::Output> {
        let mut result = Vector::zeros();
        T::sums_down(self.as_slice(), result.as_mut_slice());
        result
    }

    /// The sum of each row; see [`sum`](Self::sum). PyTorch: `x.sum(dim=1, keepdim=True)`.
    pub fn sum_dim1(&self) -> Tensor<R, 1, T::Output> {
        let mut result = Tensor::zeros();
        T::sums(self.as_slice(), result.as_mut_slice());
        result
    }
}

/// `value` divided by a count.
fn over<T: Float>(value: T, count: usize) -> T {
    T::from_f64(value.to_f64() / count as f64)
}

impl<const R: usize, const C: usize, T: Float> Tensor<R, C, T> {
    /// The mean of all elements; `NaN` where there is one, or both infinities.
    pub fn mean(&self) -> T {
        over(self.sum(), R * C)
    }

    /// The mean of each column; see [`mean`](Self::mean).
    pub fn mean_dim0(&self) -> Vector<C, T> {
        self.sum_dim0().map(|sum| over(sum, R))
    }

    /// The mean of each row; see [`mean`](Self::mean).
    pub fn mean_dim1(&self) -> Tensor<R, 1, T> {
        self.sum_dim1().map(|sum| over(sum, C))
    }

    /// The variance of all elements: the squared distances from the mean, over their number less `correction` (PyTorch's default
    /// is 1, NumPy's 0). One element with correction 1 has the variance `NaN`, as in PyTorch; so has what has a `NaN` or an
    /// infinity.
    ///
    /// ```
    /// use formwork::tensor;
    /// let x = tensor![1.0, 2.0, 3.0, 4.0];
    /// assert_eq!((x.var(1), x.var(0)), (5.0 / 3.0, 1.25));
    /// ```
    pub fn var(&self, correction: usize) -> T {
        let mut sum = [self.mean()];
        T::squared_distances(self.as_slice(), &mut sum);
        let [sum] = sum;
        over(sum, (R * C).saturating_sub(correction))
    }

    /// The variance of each column; see [`var`](Self::var).
    pub fn var_dim0(&self, correction: usize) -> Vector<C, T> {
        let means = self.mean_dim0();
        let mut sums = Vector::zeros();
        T::squared_distances_down(self.as_slice(), means.as_slice(), sums.as_mut_slice());
        sums.map(|sum| over(sum, R.saturating_sub(correction)))
    }

    /// The variance of each row; see [`var`](Self::var).
    pub fn var_dim1(&self, correction: usize) -> Tensor<R, 1, T> {
        let mut sums = self.mean_dim1();
        T::squared_distances(self.as_slice(), sums.as_mut_slice());
        sums.map(|sum| over(sum, C.saturating_sub(correction)))
    }

    /// The standard deviation of all elements, the square root of [`var`](Self::var).
    pub fn std(&self, correction: usize) -> T {
        let mut root = Vector::<1, T>::full(self.var(correction));
        root.sqrt_inplace();
        root[(0, 0)]
    }

    /// The standard deviation of each column; see [`var`](Self::var).
    pub fn std_dim0(&self, correction: usize) -> Vector<C, T> {
        self.var_dim0(correction).sqrt()
    }

    /// The standard deviation of each row; see [`var`](Self::var).
    pub fn std_dim1(&self, correction: usize) -> Tensor<R, 1, T> {
        self.var_dim1(correction).sqrt()
    }
}

macro_rules! extremes {
    ($($name:ident, $dim0:ident, $dim1:ident, $arg:ident, $arg0:ident, $arg1:ident, $which:ident, $word:literal;)*) => {
        impl<const R: usize, const C: usize, T: Number> Tensor<R, C, T> {$(
            #[doc = concat!("The ", $word, " element; `NaN` where there is one.")]
            pub fn $name(&self) -> T {
                fits!(R * C > 0, "extreme: a tensor of ", R, " x ", C, " has no element");
                let mut result = [T::ZERO];
                T::extremes(Extreme::$which, self.as_slice(), &mut result);
                let [result] = result;
                result
            }

            #[doc = concat!("The ", $word, " element of each column; `NaN` where there is one.")]
            pub fn $dim0(&self) -> Vector<C, T> {
                fits!(R > 0, "extreme: a column of ", R, " rows has no element");
                let mut result = Vector::zeros();
                if let Some((first, others)) = self.0.split_first() {
                    result.as_mut_slice().copy_from_slice(first);
                    T::extremes_down(Extreme::$which, others.as_flattened(), result.as_mut_slice());
                }
                result
            }

            #[doc = concat!("The ", $word, " element of each row; `NaN` where there is one.")]
            pub fn $dim1(&self) -> Tensor<R, 1, T> {
                fits!(C > 0, "extreme: a row of ", C, " columns has no element");
                let mut result = Tensor::zeros();
                T::extremes(Extreme::$which, self.as_slice(), result.as_mut_slice());
                result
            }

            #[doc = concat!("The place of the ", $word, " element, counted row after row; the first of equal ones, of `NaN`s where there are any.")]
            pub fn $arg(&self) -> usize {
                let mut place = [0];
                T::places(self.as_slice(), &[self.$name()], &mut place);
                let [place] = place;
                place as usize
            }

            #[doc = concat!("The row of the ", $word, " element of each column; the first of equal ones, of `NaN`s where there are any.")]
            pub fn $arg0(&self) -> Vector<C, i64> {
                let mut result = Vector::zeros();
                T::places_down(self.as_slice(), self.$dim0().as_slice(), result.as_mut_slice());
                result
            }

            #[doc = concat!("The column of the ", $word, " element of each row; the first of equal ones, of `NaN`s where there are any.")]
            pub fn $arg1(&self) -> Tensor<R, 1, i64> {
                let mut result = Tensor::zeros();
                T::places(self.as_slice(), self.$dim1().as_slice(), result.as_mut_slice());
                result
            }
        )*}
    };
}

extremes! {
    max, max_dim0, max_dim1, argmax, argmax_dim0, argmax_dim1, Largest, "largest";
    min, min_dim0, min_dim1, argmin, argmin_dim0, argmin_dim1, Smallest, "smallest";
}

impl<const R: usize, const C: usize, T: Number> Tensor<R, C, T> {
    /// The product of all elements, in the element type; integers wrap.
    pub fn prod(&self) -> T {
        let mut result = [T::ONE];
        T::products(self.as_slice(), &mut result);
        let [result] = result;
        result
    }

    /// The product of each column; see [`prod`](Self::prod).
    pub fn prod_dim0(&self) -> Vector<C, T> {
        let mut result = Vector::ones();
        T::products_down(self.as_slice(), result.as_mut_slice());
        result
    }

    /// The product of each row; see [`prod`](Self::prod).
    pub fn prod_dim1(&self) -> Tensor<R, 1, T> {
        let mut result = Tensor::ones();
        T::products(self.as_slice(), result.as_mut_slice());
        result
    }

    /// Running sums down each column, in the element type; integers wrap, and from a `NaN` on all is `NaN`. PyTorch: `x.cumsum(dim=0)`.
    pub fn cumsum_dim0(&self) -> Self {
        let mut result = self.clone();
        let mut previous: Option<&[T; C]> = None;
        for row in &mut result.0 {
            if let Some(previous) = previous {
                T::zip(Binary::Add, row, previous);
            }
            previous = Some(row);
        }
        result
    }

    /// Running sums along each row, in the element type; integers wrap, and from a `NaN` on all is `NaN`. PyTorch: `x.cumsum(dim=1)`.
    ///
    /// ```
    /// use formwork::tensor;
    /// assert_eq!(tensor![[1, 2, 3], [4, 5, 6]].cumsum_dim1(), tensor![[1, 3, 6], [4, 9, 15]]);
    /// assert_eq!(tensor![[1, 2, 3], [4, 5, 6]].cumsum_dim0(), tensor![[1, 2, 3], [5, 7, 9]]);
    /// ```
    pub fn cumsum_dim1(&self) -> Self {
        let mut result = self.clone();
        for row in &mut result.0 {
            T::running(row);
        }
        result
    }
}
