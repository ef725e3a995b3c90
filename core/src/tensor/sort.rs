//! Sorting by row. `NaN` counts as larger than every number, as in PyTorch; equal elements keep their order.

use super::Tensor;
use super::assert::fits;
use super::number::Number;
use core::cmp::Ordering;

/// The order of two elements, `NaN` last.
fn order<T: Number>(x: T, y: T) -> Ordering {
    #[allow(clippy::eq_op, reason = "only a NaN differs from itself")]
    x.partial_cmp(&y).unwrap_or_else(|| (x != x).cmp(&(y != y)))
}

impl<const R: usize, const C: usize, T: Number> Tensor<R, C, T> {
    /// Every row in rising order, `NaN` last. PyTorch: `x.sort(dim=1).values`.
    ///
    /// ```
    /// use formwork::tensor;
    /// assert_eq!(tensor![[3, 1, 2], [0, 5, 4]].sort_dim1(), tensor![[1, 2, 3], [0, 4, 5]]);
    /// ```
    pub fn sort_dim1(&self) -> Self {
        let mut result = self.clone();
        for row in &mut result.0 {
            // Elements that are equal cannot be told apart, but for -0 and 0, so that an unstable sort in place will do.
            row.sort_unstable_by(|&x, &y| order(x, y));
        }
        result
    }

    /// The columns of each row's elements in rising order, `NaN` last, equal ones in their order. PyTorch: `x.argsort(dim=1, stable=True)`.
    pub fn argsort_dim1(&self) -> Tensor<R, C, i64> {
        let mut result = Tensor::from_fn(|_, col| col as i64);
        for (places, row) in result.0.iter_mut().zip(&self.0) {
            let value = |place: i64| row.get(place as usize).copied().unwrap_or(T::ZERO);
            places.sort_unstable_by(|&a, &b| order(value(a), value(b)).then(a.cmp(&b)));
        }
        result
    }

    /// The K largest elements of each row in falling order, and their columns; `NaN` first, of equal ones the first. PyTorch:
    /// `x.topk(K, dim=1)`, which leaves the order of equal ones open.
    ///
    /// ```
    /// use formwork::tensor;
    /// let (values, places) = tensor![[3, 1, 2], [0, 5, 4]].topk::<2>();
    /// assert_eq!((values, places), (tensor![[3, 2], [5, 4]], tensor![[0, 2], [1, 2]]));
    /// ```
    pub fn topk<const K: usize>(&self) -> (Tensor<R, K, T>, Tensor<R, K, i64>) {
        fits!(K <= C, "topk: ", K, " of ", C, " columns");
        let (mut values, mut places) = (Tensor::zeros(), Tensor::zeros());
        for ((values, places), row) in values.0.iter_mut().zip(&mut places.0).zip(&self.0) {
            let value = |place: i64| row.get(place as usize).copied().unwrap_or(T::ZERO);
            // `Less`: before, among the results.
            let rank = |a: i64, b: i64| order(value(b), value(a)).then(a.cmp(&b));
            largest_places(places, C, rank);
            for (to, &place) in values.iter_mut().zip(places.iter()) {
                *to = value(place);
            }
        }
        (values, places)
    }
}

/// The first of `count` places by rank, in that order, without memory beside the results: a heap of the best so far, the
/// last of them at its root.
fn largest_places(places: &mut [i64], count: usize, rank: impl Fn(i64, i64) -> Ordering) {
    for (to, place) in places.iter_mut().zip(0..) {
        *to = place;
    }
    for root in (0..places.len() / 2).rev() {
        sink(places, root, &rank);
    }
    for place in (0..count as i64).skip(places.len()) {
        match places.first_mut() {
            Some(last) if rank(place, *last) == Ordering::Less => *last = place,
            _ => continue,
        }
        sink(places, 0, &rank);
    }
    places.sort_unstable_by(|&a, &b| rank(a, b));
}

/// Exchanges the root of a heap with the later of its children until none of them comes later.
fn sink(heap: &mut [i64], mut root: usize, rank: &impl Fn(i64, i64) -> Ordering) {
    loop {
        let children = (2 * root + 1..heap.len()).take(2);
        let Some(later) = children.max_by(|&a, &b| rank(heap[a], heap[b])) else { return };
        if rank(heap[later], heap[root]) != Ordering::Greater {
            return;
        }
        heap.swap(root, later);
        root = later;
    }
}
