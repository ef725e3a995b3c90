//! The element types and the conversions between them.

use super::Tensor;

/// A value that a tensor can hold: its zero, its one and PyTorch's name of its type.
pub trait Scalar: Copy + PartialEq + core::fmt::Debug + 'static {
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// PyTorch's name: `float32`, `int64`, `bool`.
    const DTYPE: &'static str;
    /// How an element is printed.
    #[doc(hidden)]
    fn printed(self) -> super::print::Printed;
    /// The transpose of `rows` rows of `cols` elements.
    #[doc(hidden)]
    fn transpose(from: &[Self], to: &mut [Self], rows: usize, cols: usize);
}

macro_rules! scalar {
    ($($kind:ident: $zero:literal, $one:literal, $name:literal, $print:ident, $wide:ty;)*) => {$(
        impl Scalar for $kind {
            const ZERO: Self = $zero;
            const ONE: Self = $one;
            const DTYPE: &'static str = $name;
            #[inline]
            fn printed(self) -> super::print::Printed {
                super::print::Printed::$print(<$wide>::from(self))
            }
            #[inline]
            fn transpose(from: &[Self], to: &mut [Self], rows: usize, cols: usize) {
                crate::kernel::lanes::transpose(from, to, rows, cols);
            }
        }
    )*};
}

scalar! {
    f32: 0.0, 1.0, "float32", Float, f64;
    f64: 0.0, 1.0, "float64", Float, f64;
    i8: 0, 1, "int8", Integer, i128;
    i16: 0, 1, "int16", Integer, i128;
    i32: 0, 1, "int32", Integer, i128;
    i64: 0, 1, "int64", Integer, i128;
    u8: 0, 1, "uint8", Integer, i128;
    u16: 0, 1, "uint16", Integer, i128;
    u32: 0, 1, "uint32", Integer, i128;
    u64: 0, 1, "uint64", Integer, i128;
    bool: false, true, "bool", Bool, bool;
}

/// A conversion as Rust's `as`: floats to integers lose their fraction and stop at the type's ends (`NaN` becomes 0),
/// integers keep their low bits; to `bool`, everything but 0 is `true`.
pub trait Cast<U> {
    /// The value as the other type.
    fn cast(self) -> U;
}

macro_rules! casts {
    ($($from:ident)*) => {$(
        casts!(@one $from: f32 f64 i8 i16 i32 i64 u8 u16 u32 u64);
        impl Cast<bool> for $from {
            #[inline]
            fn cast(self) -> bool {
                self != Self::ZERO
            }
        }
        impl Cast<$from> for bool {
            #[inline]
            fn cast(self) -> $from {
                if self { $from::ONE } else { $from::ZERO }
            }
        }
    )*};
    (@one $from:ident: $($to:ident)*) => {$(
        impl Cast<$to> for $from {
            #[inline]
            fn cast(self) -> $to {
                self as $to
            }
        }
    )*};
}
casts!(f32 f64 i8 i16 i32 i64 u8 u16 u32 u64);

impl Cast<bool> for bool {
    fn cast(self) -> bool {
        self
    }
}

impl<const R: usize, const C: usize, T: Copy> Tensor<R, C, T> {
    /// Every element as another type, by the rules of [`Cast`]. PyTorch: `x.to(torch.float32)`.
    ///
    /// ```
    /// use formwork::tensor;
    /// assert_eq!(tensor![[1_i64, -2]].cast::<f32>(), tensor![[1.0, -2.0]]);
    /// assert_eq!(tensor![[1.9, -1.9, f32::NAN]].cast::<i32>(), tensor![[1, -1, 0]]);
    /// ```
    pub fn cast<U>(&self) -> Tensor<R, C, U>
    where
        T: Cast<U>,
        U: Scalar,
    {
        let mut output = Tensor::zeros();
        self.cast_into(&mut output);
        output
    }

    /// [`cast`](Self::cast) into a given tensor.
    pub fn cast_into<U>(&self, output: &mut Tensor<R, C, U>)
    where
        T: Cast<U>,
    {
        for (to, &from) in output.as_mut_slice().iter_mut().zip(self.as_slice()) {
            *to = from.cast();
        }
    }
}
