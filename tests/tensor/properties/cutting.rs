//! Joining, cutting, turning, slices and iteration: elements move and keep every bit.

use super::{exact, pair};
use formwork::tensor::{End, Float};
use formwork::{Tensor, slice};
use ndarray::{Array2, Axis, concatenate, s};

/// R2, C2: twice the rows and columns; RH, RL and CH, CL: half of them, rounded down, and the rest; N: all elements.
fn shapes<
    const R: usize,
    const C: usize,
    T: Float,
    const R2: usize,
    const C2: usize,
    const RH: usize,
    const RL: usize,
    const CH: usize,
    const CL: usize,
    const N: usize,
>(
    a: &[f64],
    b: &[f64],
) {
    let ((x, n), (y, m)) = (pair::<R, C, T>(a), pair::<R, C, T>(b));
    let below: Tensor<R2, C, T> = x.cat_rows(&y);
    exact(&below, &concatenate![Axis(0), n, m]);
    let beside: Tensor<R, C2, T> = x.cat_cols(&y);
    exact(&beside, &concatenate![Axis(1), n, m]);
    exact(&Tensor::<R2, C, T>::cat_many_rows((&x, &y)), &concatenate![Axis(0), n, m]);
    exact(&Tensor::<R, C2, T>::cat_many_cols((&x, &y)), &concatenate![Axis(1), n, m]);

    let (top, bottom) = x.split_rows::<RH, RL>();
    exact(&top, &n.slice(s![..RH, ..]).to_owned());
    exact(&bottom, &n.slice(s![RH.., ..]).to_owned());
    let (left, right) = x.split_cols::<CH, CL>();
    exact(&left, &n.slice(s![.., ..CH]).to_owned());
    exact(&right, &n.slice(s![.., CH..]).to_owned());
    assert_eq!(below.chunk_rows::<2, R>(), [x.clone(), y.clone()]);
    assert_eq!(beside.chunk_cols::<2, C>(), [x.clone(), y.clone()]);

    exact(&x.repeat::<R2, C2>(), &concatenate![Axis(0), concatenate![Axis(1), n, n], concatenate![Axis(1), n, n]]);
    exact(&x.reshape::<C, R>(), &n.to_shape((C, R)).unwrap().to_owned());
    exact(x.reshape_ref::<C, R>(), &n.to_shape((C, R)).unwrap().to_owned());
    exact(&x.flatten::<N>(), &n.to_shape((1, N)).unwrap().to_owned());
    exact(&x.transpose(), &n.t().to_owned());
    let mut turned = Tensor::zeros();
    x.transpose_into(&mut turned);
    exact(&turned, &n.t().to_owned());
    exact(&Tensor::stack(x.rows_as_vectors()), &n);

    exact(x.rows::<RH, RL>(), &n.slice(s![RH.., ..]).to_owned());
    exact(&x.cols::<CH, CL>(), &n.slice(s![.., CH..]).to_owned());
    exact(&x.block::<0, RL, CH, CL>(), &n.slice(s![..RL, CH..]).to_owned());
    let (mut written, mut expected) = (x.clone(), n.clone());
    written.rows_mut::<RH, RL>().fill(T::ONE);
    expected.slice_mut(s![RH.., ..]).fill(1.0);
    exact(&written, &expected);
    written.set_cols::<CH, CL>(&y.cols::<0, CL>());
    expected.slice_mut(s![.., CH..]).assign(&m.slice(s![.., ..CL]));
    exact(&written, &expected);
    written.set_block::<0, RL, 0, CL>(&y.block::<RH, RL, CH, CL>());
    expected.slice_mut(s![..RL, ..CL]).assign(&m.slice(s![RH.., CH..]));
    exact(&written, &expected);
}

fn places<const R: usize, const C: usize, T: Float>(a: &[f64], b: &[f64]) {
    let ((x, n), (y, m)) = (pair::<R, C, T>(a), pair::<R, C, T>(b));
    let value = |found: Option<&T>| found.map(|value| value.to_f64());
    for row in 0..=R {
        for col in 0..=C {
            assert_eq!(value(x.get(row, col)), n.get((row, col)).copied());
        }
        assert_eq!(x.row(row).is_some(), row < R);
    }
    for ((row, col), &expected) in n.indexed_iter() {
        assert_eq!(x[(row, col)].to_f64(), expected);
        assert_eq!(x[row][(0, col)].to_f64(), expected);
        assert_eq!(x[(End(R - row), End(C - col))].to_f64(), expected);
        assert_eq!(x[End(R - row)][(0, col)].to_f64(), expected);
        assert_eq!(x.as_array()[row][col].to_f64(), expected);
    }
    assert!(x.iter().map(|v| v.to_f64()).eq(n.iter().copied()));
    assert!((&x).into_iter().eq(x.as_slice()));
    for (col, column) in x.iter_cols().enumerate() {
        assert!(column.map(|v| v.to_f64()).eq(n.column(col).iter().copied()));
        assert!(x.col(col).unwrap().map(|v| v.to_f64()).eq(n.column(col).iter().copied()));
    }
    assert!(x.col(C).is_none());
    assert_eq!((x.iter_rows().len(), x.iter_cols().len(), x.iter().len()), (R, C, x.numel()));

    let (mut written, mut expected) = (x.clone(), n.clone());
    written[(R - 1, 0)] = T::ONE;
    written[(End(R), End(1))] = -T::ONE;
    expected[(R - 1, 0)] = 1.0;
    expected[(0, C - 1)] = -1.0;
    exact(&written, &expected);
    written[End(1)] = y[0].clone();
    expected.row_mut(R - 1).assign(&m.row(0));
    exact(&written, &expected);
    for (to, &from) in written.col_mut(C - 1).unwrap().zip(y.col(0).unwrap()) {
        *to = from;
    }
    expected.column_mut(C - 1).assign(&m.column(0));
    exact(&written, &expected);
    *written.get_mut(0, 0).unwrap() = y[(0, 0)];
    expected[(0, 0)] = m[(0, 0)];
    for row in written.iter_rows_mut() {
        *row += &x[0];
    }
    expected = expected.mapv(|v| T::from_f64(v).to_f64()) + n.row(0);
    exact(&written, &expected);
    written.iter_mut().zip(&y).for_each(|(to, &from)| *to = from);
    exact(&written, &m);
    exact(&Tensor::<R, C, T>::from_fn(|row, col| x[(row, col)]), &n);
    exact(&Tensor::<R, C, T>::from(x.clone().into_array()), &n);
}

fn created<const R: usize, const C: usize, T: Float>(a: &[f64]) {
    let (x, _) = pair::<R, C, T>(a);
    exact(&x.zeros_like(), &Array2::zeros((R, C)));
    exact(&x.ones_like(), &Array2::ones((R, C)));
    exact(&x.full_like(x[(0, 0)]), &Array2::from_elem((R, C), x[(0, 0)].to_f64()));
    exact(&Tensor::<R, C, T>::eye(), &Array2::from_shape_fn((R, C), |(row, col)| f64::from(row == col)));
    exact(&x.tril(), &Array2::from_shape_fn((R, C), |(i, j)| if j <= i { x[(i, j)].to_f64() } else { 0.0 }));
    exact(&x.triu(), &Array2::from_shape_fn((R, C), |(i, j)| if j >= i { x[(i, j)].to_f64() } else { 0.0 }));
    let mut written = x.clone();
    assert!(written.copy_from(&x.as_slice()[1..]).is_err());
    assert_eq!(written, x);
    written.fill(T::ONE);
    assert_eq!(written, x.ones_like());
}

mod checks {
    use super::*;
    use proptest::prelude::*;

    properties! {
        places(a, b);
        created(a);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::properties::CASES))]
        #[test]
        fn shapes(a in crate::properties::values(), b in crate::properties::values()) {
            macro_rules! sized {
                ($r:literal $c:literal) => {
                    super::shapes::<
                        $r, $c, f64, { 2 * $r }, { 2 * $c }, { $r / 2 }, { $r - $r / 2 }, { $c / 2 }, { $c - $c / 2 }, { $r * $c },
                    >(&a, &b);
                    let (mut x, mut n) = pair::<$r, $c, f32>(&a);
                    let part = slice!(x[{ $r / 2 }..$r, 0..{ $c - $c / 2 }]);
                    let held = n.slice(s![$r / 2.., ..$c - $c / 2]).to_owned();
                    exact(&part, &held);
                    slice!(x[0..{ $r - $r / 2 }, { $c / 2 }..$c] = -part.clone());
                    n.slice_mut(s![..$r - $r / 2, $c / 2..]).assign(&held.mapv(|v| -v));
                    exact(&x, &n);
                };
            }
            every_shape!(sized);
        }
    }
}
