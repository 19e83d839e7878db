//! Arrays in serde's world: values in formats that people read, the bytes of the wire in others.

use std::fmt;
use std::marker::PhantomData;

use atdata_schema::Dtype;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use half::f16;
use num_complex::Complex;
use serde_core::de::value::SeqDeserializer;
use serde_core::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_core::ser::{Error as _, SerializeMap};
use serde_core::{Deserialize, Deserializer, Serialize, Serializer};

use crate::array::{ArrayError, DynArray, Element, to_half};
use crate::error::Result;

/// `{"dtype": "float32", "shape": [2], "values": [0.5, "NaN"]}` in formats that people read: the values in C order, complex
/// ones as pairs. Of a dtype without a Rust type the bytes of the wire are in `$bytes`, as base64. In other formats the
/// array is those bytes.
impl Serialize for DynArray {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_bytes(&self.to_bytes());
        }
        let mut map = serializer.serialize_map(Some(3))?;
        match self.dtype() {
            Some(dtype) => {
                map.serialize_entry("dtype", dtype.name())?;
                map.serialize_entry("shape", self.shape())?;
                map.serialize_entry("values", &scalars(self, dtype).map_err(S::Error::custom)?)?;
            }
            None => {
                map.serialize_entry("dtype", &self.typestr())?;
                map.serialize_entry("shape", self.shape())?;
                map.serialize_entry("$bytes", &BASE64_STANDARD.encode(self.to_bytes()))?;
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for DynArray {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_map(InWords)
        } else {
            deserializer.deserialize_bytes(InBytes)
        }
    }
}

struct InBytes;

impl Visitor<'_> for InBytes {
    type Value = DynArray;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes of an array")
    }

    fn visit_bytes<E: serde_core::de::Error>(self, bytes: &[u8]) -> Result<DynArray, E> {
        DynArray::from_bytes(bytes).map_err(E::custom)
    }
}

struct InWords;

impl<'de> Visitor<'de> for InWords {
    type Value = DynArray;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array: a map of `dtype`, `shape` and `values`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DynArray, A::Error> {
        let (mut dtype, mut shape, mut values, mut bytes) = (None, None, None, None);
        while let Some(key) = map.next_key::<String>()? {
            match &*key {
                "dtype" => dtype = Some(map.next_value::<String>()?),
                "shape" => shape = Some(map.next_value::<Vec<usize>>()?),
                "values" => values = Some(map.next_value::<Vec<Scalar>>()?),
                "$bytes" => bytes = Some(map.next_value::<String>()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if let Some(bytes) = bytes {
            let bytes = BASE64_STANDARD.decode(bytes).map_err(A::Error::custom)?;
            return DynArray::from_bytes(&bytes).map_err(A::Error::custom);
        }
        let missing = A::Error::missing_field;
        let dtype = dtype.ok_or_else(|| missing("dtype"))?;
        let known = Dtype::from_name(&dtype).ok_or_else(|| {
            A::Error::invalid_value(Unexpected::Str(&dtype), &"the name of a dtype, such as \"float32\"")
        })?;
        let shape = shape.ok_or_else(|| missing("shape"))?;
        let values = values.ok_or_else(|| missing("values"))?;
        of_scalars(known, shape, &values).map_err(A::Error::custom)
    }
}

/// An element of an array.
#[derive(Clone, Copy)]
enum Scalar {
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    Complex(f64, f64),
}

const NAMED: [(&str, f64); 3] = [("NaN", f64::NAN), ("Infinity", f64::INFINITY), ("-Infinity", f64::NEG_INFINITY)];

/// A float, by its name where formats of people have no number for it.
pub(crate) struct Float(pub(crate) f64);

impl Float {
    /// The name of a number that JSON does not have.
    pub(crate) fn name(value: f64) -> Option<&'static str> {
        let [(nan, _), (infinity, _), (negative, _)] = NAMED;
        match value {
            value if value.is_nan() => Some(nan),
            value if value.is_finite() => None,
            value if value > 0.0 => Some(infinity),
            _ => Some(negative),
        }
    }

    pub(crate) fn of_name(name: &str) -> Option<f64> {
        NAMED.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

impl Serialize for Float {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match Self::name(self.0) {
            Some(name) => serializer.serialize_str(name),
            None => serializer.serialize_f64(self.0),
        }
    }
}

impl Serialize for Scalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Bool(value) => serializer.serialize_bool(value),
            Self::Int(value) => serializer.serialize_i64(value),
            Self::UInt(value) => serializer.serialize_u64(value),
            Self::Float(value) => Float(value).serialize(serializer),
            Self::Complex(re, im) => [Float(re), Float(im)].serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a boolean, a number, \"NaN\", \"Infinity\", \"-Infinity\", or a pair of numbers")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
        Ok(i64::try_from(value).map_or(Scalar::UInt(value), Scalar::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Float(value))
    }

    fn visit_str<E: serde_core::de::Error>(self, name: &str) -> Result<Scalar, E> {
        Float::of_name(name).map(Scalar::Float).ok_or_else(|| E::invalid_value(Unexpected::Str(name), &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<Scalar, A::Error> {
        let mut part = |index| match pair.next_element::<Scalar>()? {
            Some(part) => f64::of(part).ok_or_else(|| A::Error::custom("the parts of a complex number are numbers")),
            None => Err(A::Error::invalid_length(index, &"a pair of numbers")),
        };
        let (re, im) = (part(0)?, part(1)?);
        Ok(Scalar::Complex(re, im))
    }
}

/// An element that is a scalar, as long as it fits.
trait OfScalar: Element {
    fn scalar(self) -> Scalar;
    fn of(scalar: Scalar) -> Option<Self>;
}

impl OfScalar for bool {
    fn scalar(self) -> Scalar {
        Scalar::Bool(self)
    }

    fn of(scalar: Scalar) -> Option<Self> {
        match scalar {
            Scalar::Bool(value) => Some(value),
            _ => None,
        }
    }
}

macro_rules! integers {
    ($($t:ty => $variant:ident),+) => { $(
        impl OfScalar for $t {
            fn scalar(self) -> Scalar {
                Scalar::$variant(self.into())
            }

            fn of(scalar: Scalar) -> Option<Self> {
                match scalar {
                    Scalar::Int(value) => value.try_into().ok(),
                    Scalar::UInt(value) => value.try_into().ok(),
                    _ => None,
                }
            }
        }
    )+ };
}
integers!(i8 => Int, i16 => Int, i32 => Int, i64 => Int, u8 => UInt, u16 => UInt, u32 => UInt, u64 => UInt);

impl OfScalar for f64 {
    fn scalar(self) -> Scalar {
        Scalar::Float(self)
    }

    #[expect(clippy::cast_precision_loss, reason = "what reading an integer as a float does everywhere")]
    fn of(scalar: Scalar) -> Option<Self> {
        match scalar {
            Scalar::Float(value) => Some(value),
            Scalar::Int(value) => Some(value as f64),
            Scalar::UInt(value) => Some(value as f64),
            _ => None,
        }
    }
}

impl OfScalar for f32 {
    fn scalar(self) -> Scalar {
        Scalar::Float(self.into())
    }

    #[expect(clippy::cast_possible_truncation, reason = "rounding to the nearest single is what the dtype asks for")]
    fn of(scalar: Scalar) -> Option<Self> {
        f64::of(scalar).map(|value| value as Self)
    }
}

impl OfScalar for f16 {
    fn scalar(self) -> Scalar {
        Scalar::Float(self.to_f64())
    }

    fn of(scalar: Scalar) -> Option<Self> {
        f64::of(scalar).map(to_half)
    }
}

macro_rules! complex {
    ($($t:ty),+) => { $(
        impl OfScalar for Complex<$t> {
            fn scalar(self) -> Scalar {
                Scalar::Complex(self.re.into(), self.im.into())
            }

            fn of(scalar: Scalar) -> Option<Self> {
                match scalar {
                    Scalar::Complex(re, im) => {
                        Some(Self::new(<$t>::of(Scalar::Float(re))?, <$t>::of(Scalar::Float(im))?))
                    }
                    real => Some(Self::new(<$t>::of(real)?, 0.0)),
                }
            }
        }
    )+ };
}
complex!(f32, f64);

macro_rules! by_dtype {
    ($dtype:expr, $of:ident($($argument:expr),*), else $unknown:expr) => {
        match $dtype {
            Dtype::Bool => $of::<bool>($($argument),*),
            Dtype::Int8 => $of::<i8>($($argument),*),
            Dtype::Int16 => $of::<i16>($($argument),*),
            Dtype::Int32 => $of::<i32>($($argument),*),
            Dtype::Int64 => $of::<i64>($($argument),*),
            Dtype::UInt8 => $of::<u8>($($argument),*),
            Dtype::UInt16 => $of::<u16>($($argument),*),
            Dtype::UInt32 => $of::<u32>($($argument),*),
            Dtype::UInt64 => $of::<u64>($($argument),*),
            Dtype::Float16 => $of::<f16>($($argument),*),
            Dtype::Float32 => $of::<f32>($($argument),*),
            Dtype::Float64 => $of::<f64>($($argument),*),
            Dtype::Complex64 => $of::<Complex<f32>>($($argument),*),
            Dtype::Complex128 => $of::<Complex<f64>>($($argument),*),
            unknown => Err($unknown(unknown.to_string())),
        }
    };
}

fn scalars(array: &DynArray, dtype: Dtype) -> Result<Vec<Scalar>> {
    fn of<T: OfScalar>(array: &DynArray) -> Result<Vec<Scalar>> {
        Ok(array.to_array::<T, ndarray::IxDyn>()?.iter().map(|value| value.scalar()).collect())
    }
    by_dtype!(dtype, of(array), else |found| ArrayError::Dtype { found }.into())
}

fn of_scalars(dtype: Dtype, shape: Vec<usize>, values: &[Scalar]) -> Result<DynArray, String> {
    fn of<T: OfScalar>(dtype: Dtype, shape: Vec<usize>, values: &[Scalar]) -> Result<DynArray, String> {
        let of = |(index, value): (usize, &Scalar)| {
            T::of(*value).ok_or_else(|| format!("element {index} of the array is none that {dtype} has"))
        };
        let values = values.iter().enumerate().map(of).collect::<Result<Vec<T>, _>>()?;
        DynArray::from_vec(shape, values).map_err(|error| error.to_string())
    }
    by_dtype!(dtype, of(dtype, shape, values), else |found| format!("no values of {found} are known"))
}

/// Lists that are made of an array without elements.
const MAX_EMPTY: usize = 1 << 12;

/// A list of the elements, nested as the array is: what a `Vec<Vec<f32>>` is made of.
pub(crate) struct Nested<'a>(pub(crate) &'a DynArray);

impl Nested<'_> {
    /// Hands the outermost list on.
    pub(crate) fn visit<'de, V: Visitor<'de>, E: serde_core::de::Error>(&self, visitor: V) -> Result<V::Value, E> {
        let Some(dtype) = self.0.dtype() else {
            let message = format!("the elements of a {} array are no values that serde has", self.0.typestr());
            return Err(E::custom(message));
        };
        let values = scalars(self.0, dtype).map_err(E::custom)?;
        // As many lists as a shape of a few bytes says, with nothing in them.
        let lists =
            self.0.shape().iter().take_while(|size| **size > 0).fold(1, |all: usize, size| all.saturating_mul(*size));
        if values.is_empty() && lists > MAX_EMPTY {
            let shape = self.0.shape();
            return Err(E::custom(format!(
                "an array of shape {shape:?} is more than {MAX_EMPTY} empty lists; read it as an array"
            )));
        }
        Part::<E> { shape: self.0.shape(), values: &values, error: PhantomData }.deserialize_any(visitor)
    }
}

/// A part of an array: its one element, or the list of its rows.
struct Part<'v, E> {
    shape: &'v [usize],
    values: &'v [Scalar],
    error: PhantomData<E>,
}

impl<'de, E: serde_core::de::Error> Deserializer<'de> for Part<'_, E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        match (self.shape, self.values) {
            ([], [Scalar::Bool(value)]) => visitor.visit_bool(*value),
            ([], [Scalar::Int(value)]) => visitor.visit_i64(*value),
            ([], [Scalar::UInt(value)]) => visitor.visit_u64(*value),
            ([], [Scalar::Float(value)]) => visitor.visit_f64(*value),
            ([], [Scalar::Complex(re, im)]) => {
                let mut parts = SeqDeserializer::new([*re, *im].into_iter());
                let value = visitor.visit_seq(&mut parts)?;
                parts.end().map(|()| value)
            }
            _ => {
                let mut rows = Rows { len: self.shape.first().copied().unwrap_or_default(), part: self, next: 0 };
                let value = visitor.visit_seq(&mut rows)?;
                let (taken, len) = (rows.next, rows.len);
                if taken < len { Err(too_many(taken, len)) } else { Ok(value) }
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, E> {
        visitor.visit_newtype_struct(self)
    }

    serde_core::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

/// The error for a type that took fewer elements than there are, where serde's own types do not look for more.
pub(crate) fn too_many<E: serde_core::de::Error>(expected: usize, found: usize) -> E {
    E::custom(format!("expected a list of {expected} values, found {found}"))
}

struct Rows<'v, E> {
    part: Part<'v, E>,
    len: usize,
    next: usize,
}

impl<'de, E: serde_core::de::Error> SeqAccess<'de> for Rows<'_, E> {
    type Error = E;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, E> {
        if self.next >= self.len {
            return Ok(None);
        }
        let size = self.part.values.len() / self.len;
        let values = self.part.values.get(self.next * size..(self.next + 1) * size).unwrap_or_default();
        self.next += 1;
        let shape = self.part.shape.get(1..).unwrap_or_default();
        seed.deserialize(Part { shape, values, error: PhantomData }).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.len - self.next)
    }
}
