//! Random tensors. The generator is an argument, so that the same seed gives the same tensor.
//!
//! Every constructor has a form that fills a given tensor (`fill_*`) and one that makes it in place on the heap
//! (`boxed_*`, feature `alloc`); elements are drawn row after row.

#[cfg(feature = "alloc")]
use super::Zeroed;
use super::number::Float;
use super::number::{Binary, Number};
use super::{Cast, Tensor, Vector};
#[cfg(feature = "alloc")]
use alloc::boxed::Box;
use rand::distr::uniform::SampleUniform;
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

/// A float that can be drawn: `f32`, `f64`.
pub trait Random: Float {
    /// Uniform in `[0, 1)`.
    fn uniform<G: Rng + ?Sized>(rng: &mut G) -> Self;
    /// Of the standard normal distribution.
    fn normal<G: Rng + ?Sized>(rng: &mut G) -> Self;
}

macro_rules! random {
    ($($kind:ty)*) => {$(
        impl Random for $kind {
            fn uniform<G: Rng + ?Sized>(rng: &mut G) -> Self {
                rng.random()
            }
            fn normal<G: Rng + ?Sized>(rng: &mut G) -> Self {
                rng.sample(StandardNormal)
            }
        }
    )*};
}
random!(f32 f64);

macro_rules! constructors {
    ($bound:path: $(
        $(#[$doc:meta])*
        $name:ident, $fill:ident, $boxed:ident ($($argument:ident),*) => |$rng:ident| $value:expr;
    )*) => {
        impl<const R: usize, const C: usize, T: $bound> Tensor<R, C, T> {$(
            $(#[$doc])*
            pub fn $name<G: Rng + ?Sized>($($argument: T,)* rng: &mut G) -> Self {
                let mut result = Self::zeros();
                result.$fill($($argument,)* rng);
                result
            }

            #[doc = concat!("[`", stringify!($name), "`](Self::", stringify!($name), "), over the elements of this tensor.")]
            pub fn $fill<G: Rng + ?Sized>(&mut self $(, $argument: T)*, $rng: &mut G) {
                for element in self.as_mut_slice() {
                    *element = $value;
                }
            }

            #[doc = concat!("[`", stringify!($name), "`](Self::", stringify!($name), "), made in place on the heap.")]
            #[cfg(feature = "alloc")]
            pub fn $boxed<G: Rng + ?Sized>($($argument: T,)* rng: &mut G) -> Box<Self>
            where
                T: Zeroed,
            {
                let mut result = Self::boxed_zeros();
                result.$fill($($argument,)* rng);
                result
            }
        )*}
    };
}

constructors! { Random:
    /// Uniform in `[0, 1)`. PyTorch: `torch.rand(r, c)`.
    ///
    /// ```
    /// use formwork::Tensor;
    /// use rand::{SeedableRng, rngs::StdRng};
    /// let x = Tensor::<2, 3>::rand(&mut StdRng::seed_from_u64(0));
    /// assert!(x.iter().all(|&x| (0.0..1.0).contains(&x)));
    /// ```
    rand, fill_rand, boxed_rand() => |rng| T::uniform(rng);
    /// Of the standard normal distribution. PyTorch: `torch.randn(r, c)`.
    randn, fill_randn, boxed_randn() => |rng| T::normal(rng);
    /// Of the normal distribution of a mean and a standard deviation. PyTorch: `torch.normal(mean, std, (r, c))`.
    normal, fill_normal, boxed_normal(mean, std) => |rng| {
        T::apply(Binary::Add, mean, T::apply(Binary::Mul, std, T::normal(rng)))
    };
    /// Uniform between `low` and `high`: low + (high - low) u. PyTorch: `torch.empty(r, c).uniform_(low, high)`.
    uniform, fill_uniform, boxed_uniform(low, high) => |rng| {
        T::apply(Binary::Add, low, T::apply(Binary::Mul, T::apply(Binary::Sub, high, low), T::uniform(rng)))
    };
}

/// A number that `randint` can draw.
pub trait RandomInteger: Number + SampleUniform {}
impl<T: Number + SampleUniform> RandomInteger for T {}

constructors! { RandomInteger:
    /// Uniform among `low..high`. PyTorch: `torch.randint(low, high, (r, c))`.
    ///
    /// # Panics
    /// Where `low` is not under `high`, as `rand`'s own ranges do.
    ///
    /// ```
    /// use formwork::Tensor;
    /// use rand::{SeedableRng, rngs::StdRng};
    /// let dice = Tensor::<2, 3, i64>::randint(1, 7, &mut StdRng::seed_from_u64(0));
    /// assert!(dice.iter().all(|x| (1..7).contains(x)));
    /// ```
    randint, fill_randint, boxed_randint(low, high) => |rng| rng.random_range(low..high);
}

impl<const R: usize, const C: usize, T: Random> Tensor<R, C, T> {
    /// A tensor of the same shape and type, uniform in `[0, 1)`. PyTorch: `torch.rand_like(x)`.
    pub fn rand_like<G: Rng + ?Sized>(&self, rng: &mut G) -> Self {
        Self::rand(rng)
    }

    /// A tensor of the same shape and type, of the standard normal distribution. PyTorch: `torch.randn_like(x)`.
    pub fn randn_like<G: Rng + ?Sized>(&self, rng: &mut G) -> Self {
        Self::randn(rng)
    }

    /// [`rand_like`](Self::rand_like), made in place on the heap.
    #[cfg(feature = "alloc")]
    pub fn boxed_rand_like<G: Rng + ?Sized>(&self, rng: &mut G) -> Box<Self>
    where
        T: Zeroed,
    {
        Self::boxed_rand(rng)
    }

    /// [`randn_like`](Self::randn_like), made in place on the heap.
    #[cfg(feature = "alloc")]
    pub fn boxed_randn_like<G: Rng + ?Sized>(&self, rng: &mut G) -> Box<Self>
    where
        T: Zeroed,
    {
        Self::boxed_randn(rng)
    }
}

impl<const N: usize, T: Number> Vector<N, T>
where
    u64: Cast<T>,
{
    /// The numbers 0 to N - 1 in random order. PyTorch: `torch.randperm(n)`.
    ///
    /// ```
    /// use formwork::Vector;
    /// use rand::{SeedableRng, rngs::StdRng};
    /// let order = Vector::<100, i64>::randperm(&mut StdRng::seed_from_u64(0));
    /// assert_eq!(order.sum(), 4950);
    /// ```
    pub fn randperm<G: Rng + ?Sized>(rng: &mut G) -> Self {
        let mut result = Self::zeros();
        result.fill_randperm(rng);
        result
    }

    /// [`randperm`](Self::randperm), over the elements of this vector.
    pub fn fill_randperm<G: Rng + ?Sized>(&mut self, rng: &mut G) {
        self.fill_arange(T::ZERO, T::ONE);
        for end in (1..N).rev() {
            self.as_mut_slice().swap(end, rng.random_range(0..=end));
        }
    }

    /// [`randperm`](Self::randperm), made in place on the heap.
    #[cfg(feature = "alloc")]
    pub fn boxed_randperm<G: Rng + ?Sized>(rng: &mut G) -> Box<Self>
    where
        T: Zeroed,
    {
        let mut result = Self::boxed_zeros();
        result.fill_randperm(rng);
        result
    }
}
