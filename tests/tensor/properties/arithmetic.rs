//! Operators: with tensor, reference and scalar on either side, assigning, and broadcasting.

use super::{exact, pair};
use formwork::{Tensor, tensor::Float};
use ndarray::{Array2, Zip};
use std::ops::{Add, Div, Mul, Rem, Sub};

/// An operator between a scalar on the left and a tensor.
trait Left<const R: usize, const C: usize>:
    Float
    + Add<Tensor<R, C, Self>, Output = Tensor<R, C, Self>>
    + Sub<Tensor<R, C, Self>, Output = Tensor<R, C, Self>>
    + Mul<Tensor<R, C, Self>, Output = Tensor<R, C, Self>>
    + Div<Tensor<R, C, Self>, Output = Tensor<R, C, Self>>
    + Rem<Tensor<R, C, Self>, Output = Tensor<R, C, Self>>
    + for<'a> Add<&'a Tensor<R, C, Self>, Output = Tensor<R, C, Self>>
    + for<'a> Sub<&'a Tensor<R, C, Self>, Output = Tensor<R, C, Self>>
    + for<'a> Mul<&'a Tensor<R, C, Self>, Output = Tensor<R, C, Self>>
    + for<'a> Div<&'a Tensor<R, C, Self>, Output = Tensor<R, C, Self>>
    + for<'a> Rem<&'a Tensor<R, C, Self>, Output = Tensor<R, C, Self>>
{
}
impl<const R: usize, const C: usize> Left<R, C> for f32 {}
impl<const R: usize, const C: usize> Left<R, C> for f64 {}

/// All forms of one operator against the same operator of f64.
macro_rules! operator {
    ($op:tt $assign:tt, $x:ident $y:ident $row:ident $column:ident $scalar:ident, $n:ident $m:ident $across:ident $down:ident $number:ident) => {{
        let expected = &$n $op &$m;
        exact(&(&$x $op &$y), &expected);
        exact(&($x.clone() $op &$y), &expected);
        exact(&(&$x $op $y.clone()), &expected);
        exact(&($x.clone() $op $y.clone()), &expected);
        let mut written = $x.clone();
        written $assign &$y;
        exact(&written, &expected);
        written = $x.clone();
        written $assign $y.clone();
        exact(&written, &expected);

        let expected = $n.mapv(|value| value $op $number);
        exact(&(&$x $op $scalar), &expected);
        exact(&($x.clone() $op $scalar), &expected);
        written = $x.clone();
        written $assign $scalar;
        exact(&written, &expected);
        let expected = $n.mapv(|value| $number $op value);
        exact(&($scalar $op $x.clone()), &expected);
        exact(&($scalar $op &$x), &expected);

        let expected = &$n $op &$across;
        exact(&(&$x $op $row.over_rows()), &expected);
        exact(&($x.clone() $op $row.over_rows()), &expected);
        written = $x.clone();
        written $assign $row.over_rows();
        exact(&written, &expected);
        let expected = &$n $op &$down;
        exact(&(&$x $op $column.over_cols()), &expected);
        exact(&($x.clone() $op $column.over_cols()), &expected);
        written = $x.clone();
        written $assign $column.over_cols();
        exact(&written, &expected);
    }};
}

fn operators<const R: usize, const C: usize, T: Left<R, C>>(a: &[f64], b: &[f64]) {
    let ((x, n), (y, m)) = (pair::<R, C, T>(a), pair::<R, C, T>(b));
    let ((row, across), (column, down)) = (pair::<1, C, T>(&b[7..]), pair::<R, 1, T>(&b[11..]));
    let scalar = T::from_f64(b[0]);
    let number = scalar.to_f64();
    operator!(+ +=, x y row column scalar, n m across down number);
    operator!(- -=, x y row column scalar, n m across down number);
    operator!(* *=, x y row column scalar, n m across down number);
    operator!(/ /=, x y row column scalar, n m across down number);
    operator!(% %=, x y row column scalar, n m across down number);
    exact(&-&x, &-&n);
    exact(&-x.clone(), &-&n);
    // `rem_euclid` is the remainder whose sign is the divisor's where the divisor is positive; it rounds where the sum does.
    let (divisor, floor) =
        (T::from_f64(7.25), |value: f64| if value % 7.25 < 0.0 { value % 7.25 + 7.25 } else { value % 7.25 });
    exact(&x.remainder(divisor), &n.mapv(floor));
    exact(&x.remainder(-divisor), &n.mapv(|value| -floor(-value)));
}

fn comparisons<const R: usize, const C: usize, T: Float>(a: &[f64], b: &[f64]) {
    let ((x, n), (y, m)) = (pair::<R, C, T>(a), pair::<R, C, T>(b));
    let scalar = T::from_f64(b[0].round());
    let number = scalar.to_f64();
    let same = |found: Tensor<R, C, bool>, with: &Array2<f64>, holds: fn(&f64, &f64) -> bool| {
        let expected = Zip::from(&n).and(with).map_collect(holds);
        assert!(found.iter().eq(&expected), "{R} x {C}: {found} is not {expected}");
        assert_eq!(found.all(), expected.iter().all(|&x| x));
        assert_eq!(found.any(), expected.iter().any(|&x| x));
        let chosen = Zip::from(&expected).and(&n).and(&m).map_collect(|&first, &x, &y| if first { x } else { y });
        exact(&found.select(&x, &y), &chosen);
        assert_eq!((!found.clone()).sum(), (R * C) as i64 - found.sum());
    };
    let full = Array2::from_elem((R, C), number);
    same(x.eq(&y), &m, |x, y| x == y);
    same(x.ne(&y), &m, |x, y| x != y);
    same(x.lt(&y), &m, |x, y| x < y);
    same(x.le(&y), &m, |x, y| x <= y);
    same(x.gt(&y), &m, |x, y| x > y);
    same(x.ge(&y), &m, |x, y| x >= y);
    same(x.eq(scalar), &full, |x, y| x == y);
    same(x.ne(scalar), &full, |x, y| x != y);
    same(x.lt(scalar), &full, |x, y| x < y);
    same(x.le(scalar), &full, |x, y| x <= y);
    same(x.gt(scalar), &full, |x, y| x > y);
    same(x.ge(scalar), &full, |x, y| x >= y);
    same(x.gt(&y) & x.gt(scalar), &m.mapv(|y| y.max(number)), |x, y| x > y);
    same(x.gt(&y) | x.gt(scalar), &m.mapv(|y| y.min(number)), |x, y| x > y);
    same(x.lt(&y) ^ x.gt(&y), &m, |x, y| x != y);
    assert_eq!(x == y, n == m);
    assert!(x.eq(&x).all() && !x.ne(&x).any());
    assert!(x.allclose(&x, 0.0, 0.0));
    assert!(!x.allclose(&(&x + T::ONE), 0.0, 0.5));
    assert!(x.allclose(&(&x + T::ONE), 0.0, 1.5));
}

mod checks {
    properties! {
        operators(a, b);
        comparisons(a, b);
    }
}
