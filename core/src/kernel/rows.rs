//! Where the rows of a batch lie.

/// Rows of `width` values: one after the other in `data`, or picked out of it by `order` (a shuffled
/// mini-batch reads its rows in place, nothing is gathered).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows<'a, T> {
    data: &'a [T],
    width: usize,
    order: Option<&'a [u32]>,
}

impl<'a, T> Rows<'a, T> {
    /// The rows of `data`, in their order.
    pub(crate) const fn new(data: &'a [T], width: usize) -> Self {
        Self { data, width, order: None }
    }

    /// Row `order[0]` of `data`, then row `order[1]`, and so on.
    pub(crate) const fn picked(data: &'a [T], width: usize, order: &'a [u32]) -> Self {
        Self { data, width, order: Some(order) }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        match self.order {
            Some(order) => order.len(),
            None => self.data.len().checked_div(self.width).unwrap_or(0),
        }
    }

    /// Values in a row.
    pub(crate) const fn width(&self) -> usize {
        self.width
    }

    /// Where the rows `first..first + B` begin, each with [`width`](Self::width) values; none where one is not there.
    #[inline(always)]
    pub(crate) fn starts<const B: usize>(&self, first: usize) -> Option<[*const T; B]> {
        let mut starts = [core::ptr::null(); B];
        if let Some(order) = self.order {
            let order = order.get(first..)?.first_chunk::<B>()?;
            for (start, &row) in starts.iter_mut().zip(order) {
                let row = self.data.get(row as usize * self.width..)?;
                *start = row.get(..self.width)?.as_ptr();
            }
        } else {
            let rows = self.data.get(first * self.width..(first + B) * self.width)?;
            for (place, start) in starts.iter_mut().enumerate() {
                *start = rows.as_ptr().wrapping_add(place * self.width);
            }
        }
        Some(starts)
    }

    /// All rows in one slice, where they lie one after the other.
    pub(crate) const fn together(&self) -> Option<&'a [T]> {
        if self.order.is_none() { Some(self.data) } else { None }
    }

    /// The same rows of what `f` makes of their data.
    pub(crate) fn map<U>(self, f: impl FnOnce(&'a [T]) -> Option<&'a [U]>) -> Option<Rows<'a, U>> {
        Some(Rows { data: f(self.data)?, width: self.width, order: self.order })
    }

    /// Whether the rows are picked out, and so anywhere in memory.
    pub(crate) const fn are_picked(&self) -> bool {
        self.order.is_some()
    }

    /// The rows at `places`, their numbers in the data written over `order`.
    pub(crate) fn at<'b>(&self, places: &[u32], order: &'b mut [u32]) -> Rows<'b, T>
    where
        'a: 'b,
    {
        for (row, place) in order.iter_mut().zip(places) {
            *row = self.order.map_or(Some(*place), |order| order.get(*place as usize).copied()).unwrap_or(u32::MAX);
        }
        Rows { data: self.data, width: self.width, order: order.get(..places.len()) }
    }

    /// Row `index`, or an empty slice where there is none.
    #[inline(always)]
    pub(crate) fn row(&self, index: usize) -> &'a [T] {
        let place = match self.order {
            Some(order) => match order.get(index) {
                Some(&place) => place as usize,
                None => return &[],
            },
            None => index,
        };
        let start = place * self.width;
        self.data.get(start..start + self.width).unwrap_or(&[])
    }

    /// Row `index` and all that lies behind it; empty where there is none.
    #[inline(always)]
    pub(crate) fn onward(&self, index: usize) -> &'a [T] {
        let place = match self.order {
            Some(order) => order.get(index).map(|place| *place as usize),
            None => Some(index),
        };
        place.and_then(|place| self.data.get(place * self.width..)).unwrap_or(&[])
    }

    /// Hands each row over together with a value of `others`, as long as there are both; none where a row has not `N` values.
    #[inline(always)]
    pub(crate) fn zip<const N: usize, U>(&self, others: impl Iterator<Item = U>, mut each: impl FnMut(&'a [T; N], U)) {
        let rows = if self.width == N { self.data.as_chunks::<N>().0 } else { &[] };
        match self.order {
            Some(order) => {
                for (place, other) in order.iter().zip(others) {
                    let Some(row) = rows.get(*place as usize) else { return };
                    each(row, other);
                }
            }
            None => rows.iter().zip(others).for_each(|(row, other)| each(row, other)),
        }
    }

    /// The first `count` rows, and the rest.
    pub(crate) fn split_at(self, count: usize) -> (Self, Self) {
        match self.order {
            Some(order) => {
                let (first, rest) = order.split_at(count.min(order.len()));
                (Self { order: Some(first), ..self }, Self { order: Some(rest), ..self })
            }
            None => {
                let (first, rest) = self.data.split_at((count * self.width).min(self.data.len()));
                (Self { data: first, ..self }, Self { data: rest, ..self })
            }
        }
    }
}
