//! `serde`: a sequence of R rows, each a sequence of C elements. A wrong length is an error that names the sizes.

use crate::Tensor;
use crate::tensor::Scalar;
use core::fmt;
use serde::de::{DeserializeSeed, Error, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// ```
/// use formwork::{Tensor, tensor};
/// let x = tensor![[1, 2], [3, 4]];
/// assert_eq!(serde_json::to_string(&x)?, "[[1,2],[3,4]]");
/// assert_eq!(serde_json::from_str::<Tensor<2, 2, i32>>("[[1,2],[3,4]]")?, x);
/// let error = serde_json::from_str::<Tensor<2, 2, i32>>("[[1,2],[3]]").unwrap_err();
/// assert!(error.to_string().starts_with("invalid length 1, expected a row of 2 elements"));
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<const R: usize, const C: usize, T: Serialize> Serialize for Tensor<R, C, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_tuple(R)?;
        for row in self.as_array() {
            rows.serialize_element(&Row(row))?;
        }
        rows.end()
    }
}

struct Row<'a, const C: usize, T>(&'a [T; C]);

impl<const C: usize, T: Serialize> Serialize for Row<'_, C, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut elements = serializer.serialize_tuple(C)?;
        for element in self.0 {
            elements.serialize_element(element)?;
        }
        elements.end()
    }
}

/// Reads a row in place.
struct IntoRow<'a, const C: usize, T>(&'a mut [T; C]);

impl<'de, const C: usize, T: Deserialize<'de>> DeserializeSeed<'de> for IntoRow<'_, C, T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_tuple(C, self)
    }
}

impl<'de, const C: usize, T: Deserialize<'de>> Visitor<'de> for IntoRow<'_, C, T> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a row of {C} elements")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        for (place, to) in self.0.iter_mut().enumerate() {
            let expected: &dyn serde::de::Expected = &Columns(C);
            *to = elements.next_element()?.ok_or_else(|| Error::invalid_length(place, expected))?;
        }
        Ok(())
    }
}

/// What a row is expected to be.
struct Columns(usize);

impl serde::de::Expected for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a row of {} elements", self.0)
    }
}

/// Reads all rows in place.
struct IntoRows<'a, const R: usize, const C: usize, T>(&'a mut Tensor<R, C, T>);

impl<'de, const R: usize, const C: usize, T: Scalar + Deserialize<'de>> Visitor<'de> for IntoRows<'_, R, C, T> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{R} rows of {C} elements")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        for (place, row) in self.0.as_array_mut().iter_mut().enumerate() {
            let expected: &dyn serde::de::Expected = &AllRows(R, C);
            rows.next_element_seed(IntoRow(row))?.ok_or_else(|| Error::invalid_length(place, expected))?;
        }
        Ok(())
    }
}

/// What all rows are expected to be.
struct AllRows(usize, usize);

impl serde::de::Expected for AllRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows of {} elements", self.0, self.1)
    }
}

impl<'de, const R: usize, const C: usize, T: Scalar + Deserialize<'de>> Deserialize<'de> for Tensor<R, C, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut result = Self::zeros();
        deserializer.deserialize_tuple(R, IntoRows(&mut result))?;
        Ok(result)
    }
}

/// As the tensor itself.
#[cfg(feature = "alloc")]
impl<T: Serialize> Serialize for crate::tensor::Boxed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

/// Reads in place on the heap: a large tensor never passes over the stack, as it would in serde's own `Box<T>`.
///
/// ```
/// use formwork::{Tensor, tensor::Boxed};
/// let x: Boxed<Tensor<2, 2, i32>> = serde_json::from_str("[[1,2],[3,4]]")?;
/// assert_eq!(serde_json::to_string(&x)?, "[[1,2],[3,4]]");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[cfg(feature = "alloc")]
impl<'de, const R: usize, const C: usize, T> Deserialize<'de> for crate::tensor::Boxed<Tensor<R, C, T>>
where
    T: Scalar + crate::tensor::Zeroed + Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut result = Self::zeroed();
        deserializer.deserialize_tuple(R, IntoRows(&mut *result))?;
        Ok(result)
    }
}
