//! Integers: every operation wraps as Rust's wrapping operations do.

use super::CASES;
use formwork::{Tensor, tensor};
use proptest::prelude::*;

/// All checks of one element type; `$sum` is the type of its sums.
macro_rules! integer {
    ($kind:ident, $sum:ident) => {
        mod $kind {
            use super::*;

            fn same<const R: usize, const C: usize>(found: Tensor<R, C, $kind>, expected: impl Iterator<Item = $kind>) {
                assert!(found.iter().copied().eq(expected), "{R} x {C}: {found}");
            }

            fn wrapping<const R: usize, const C: usize>(a: &[$kind], b: &[$kind]) {
                let (a, b) = (&a[..R * C], &b[..R * C]);
                let x = Tensor::<R, C, $kind>::try_from(a).unwrap();
                let y = Tensor::<R, C, $kind>::try_from(b).unwrap();
                let (pairs, scalar) = (|| a.iter().copied().zip(b.iter().copied()), b[0] | 1);
                same(&x + &y, pairs().map(|(x, y)| x.wrapping_add(y)));
                same(&x - &y, pairs().map(|(x, y)| x.wrapping_sub(y)));
                same(&x * &y, pairs().map(|(x, y)| x.wrapping_mul(y)));
                // An odd divisor is not 0.
                let odd = y.map(|y| y | 1);
                same(&x / &odd, pairs().map(|(x, y)| x.wrapping_div(y | 1)));
                same(&x % &odd, pairs().map(|(x, y)| x.wrapping_rem(y | 1)));
                same(&x + scalar, a.iter().map(|x| x.wrapping_add(scalar)));
                same(scalar - &x, a.iter().map(|&x| scalar.wrapping_sub(x)));
                same(&x * scalar, a.iter().map(|x| x.wrapping_mul(scalar)));
                same(&x / scalar, a.iter().map(|x| x.wrapping_div(scalar)));
                same(&x % scalar, a.iter().map(|x| x.wrapping_rem(scalar)));
                same(-&x, a.iter().map(|x| x.wrapping_neg()));
                same(x.powi(5), a.iter().map(|x| x.wrapping_pow(5)));
                same(x.maximum(&y), pairs().map(|(x, y)| x.max(y)));
                same(x.minimum(&y), pairs().map(|(x, y)| x.min(y)));
                same(x.remainder(3), a.iter().map(|x| (i128::from(*x)).rem_euclid(3) as $kind));

                let sum = |terms: &mut dyn Iterator<Item = $kind>| terms.fold(0, |sum: $sum, x| sum.wrapping_add(x as $sum));
                assert_eq!(x.sum(), sum(&mut a.iter().copied()));
                let columns: Vec<$sum> = (0..C).map(|col| sum(&mut a[col..].iter().copied().step_by(C))).collect();
                assert_eq!(x.sum_dim0().as_slice(), columns);
                let rows: Vec<$sum> = a.chunks(C).map(|row| sum(&mut row.iter().copied())).collect();
                assert_eq!(x.sum_dim1().as_slice(), rows);
                assert_eq!(x.prod(), a.iter().fold(1, |product: $kind, &x| product.wrapping_mul(x)));
                assert_eq!((x.max(), x.min()), (*a.iter().max().unwrap(), *a.iter().min().unwrap()));
                let running = |row: &[$kind]| {
                    let sums = row.iter().scan(0, |sum: &mut $kind, &x| {
                        *sum = sum.wrapping_add(x);
                        Some(*sum)
                    });
                    sums.collect::<Vec<$kind>>()
                };
                same(x.cumsum_dim1(), a.chunks(C).flat_map(running));
                let mut sorted = a.to_vec();
                sorted.chunks_mut(C).for_each(<[$kind]>::sort);
                same(x.sort_dim1(), sorted.into_iter());

                let turned = y.transpose();
                let product = |row: usize, col: usize| {
                    let terms = a[row * C..][..C].iter().zip(&b[col * C..]);
                    terms.fold(0, |sum: $kind, (x, &y)| sum.wrapping_add(x.wrapping_mul(y)))
                };
                same(x.matmul(&turned), (0..R * R).map(|place| product(place / R, place % R)));
            }

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(CASES))]
                #[test]
                fn wraps(a in prop::collection::vec(any::<$kind>(), 256), b in prop::collection::vec(any::<$kind>(), 256)) {
                    macro_rules! check {
                        ($r:literal $c:literal) => { wrapping::<$r, $c>(&a, &b); };
                    }
                    every_shape!(check);
                }
            }
        }
    };
}
integer!(i32, i64);
integer!(u8, i64);

macro_rules! absolute {
    ($($kind:ident)*) => {
        proptest! {
            #[test]
            fn signs_and_narrow_types($($kind in prop::array::uniform32(any::<$kind>())),*) {
                $(
                    let x = Tensor::<4, 8, $kind>::try_from(&$kind[..]).unwrap();
                    assert!(x.abs().iter().copied().eq($kind.iter().map(|x| x.wrapping_abs())));
                    assert!((-&x).iter().copied().eq($kind.iter().map(|x| x.wrapping_neg())));
                    assert_eq!(x.sum(), $kind.iter().fold(0_i64, |sum, &x| sum.wrapping_add(i64::from(x))));
                    assert!(x.cast::<u8>().iter().copied().eq($kind.iter().map(|&x| x as u8)));
                    assert!(x.cast::<f32>().iter().copied().eq($kind.iter().map(|&x| x as f32)));
                )*
            }
        }
    };
}
absolute!(i8 i16 i32 i64);

proptest! {
    #[test]
    fn unsigned_types(a in prop::array::uniform32(any::<u64>())) {
        let x = Tensor::<8, 4, u64>::try_from(&a[..]).unwrap();
        assert_eq!(x.sum(), a.iter().fold(0, |sum: u64, &x| sum.wrapping_add(x)));
        assert_eq!(x.abs(), x);
        let narrow = x.cast::<u16>();
        assert!(narrow.iter().copied().eq(a.iter().map(|&x| x as u16)));
        assert_eq!(narrow.sum(), a.iter().map(|&x| i64::from(x as u16)).sum::<i64>());
        let middle = x.cast::<u32>();
        assert_eq!(middle.sum(), a.iter().map(|&x| i64::from(x as u32)).sum::<i64>());
        assert_eq!((&middle * &middle)[(0, 1)], (a[1] as u32).wrapping_mul(a[1] as u32));
        assert_eq!(tensor![narrow.max()], tensor![a.iter().map(|&x| x as u16).max().unwrap()]);
    }
}
