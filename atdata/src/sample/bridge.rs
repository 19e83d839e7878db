//! Samples in serde's world: as JSON and whatever else has a serializer, and structs of serde's derives out of shards.
//!
//! [`Value`](crate::Value), [`DictSample`](crate::DictSample) and [`DynArray`](crate::DynArray) implement `Serialize` and
//! `Deserialize`; [`row`] and [`rows`] serialize samples and batches of every sample type, [`sample`] and [`batch`] are
//! modules for `#[serde(with = "…")]`, and [`Dataset::deserialize`](crate::Dataset::deserialize) reads types that know
//! nothing of this library.
//!
//! ```
//! use atdata::{Packable, serde};
//! use ndarray::{Array1, array};
//!
//! #[derive(Packable, Debug, PartialEq)]
//! struct Text {
//!     text: String,
//!     embedding: Array1<f32>,
//! }
//!
//! let text = Text { text: "a cat".into(), embedding: array![0.5, -1.0] };
//! let line = serde_json::to_string(&serde::row(&text)).unwrap();
//! assert_eq!(
//!     line,
//!     r#"{"text":"a cat","embedding":{"$array":{"dtype":"float32","shape":[2],"values":[0.5,-1.0]}}}"#,
//! );
//! let back: Text = serde::sample::deserialize(&mut serde_json::Deserializer::from_str(&line)).unwrap();
//! assert_eq!(back, text);
//! ```
//!
//! # What JSON does not have
//!
//! In formats that people read (`is_human_readable`) a map with one name that begins with `$` stands for what those do not
//! have: `{"$bytes": "base64"}`, `{"$float": "NaN"}` (or `Infinity`, `-Infinity`), and `{"$array": …}` for bytes that are an
//! array. Names of maps and of fields that begin with `$` get one more. Other formats have bytes, and get them as they are
//! on the wire.
//!
//! # JSON Schemas
//!
//! With the feature `schemars` each derived sample type that owns its fields is a `schemars::JsonSchema`: of this JSON, made
//! from the type's own schema. Nested samples are definitions, shapes and dtypes of arrays are said as far as the type
//! says them. Of a field that serde converts it says nothing, unless the field is marked `#[packable(serde, schemars)]`: then it
//! says what the type's own `JsonSchema` says, of values without numbers and names that JSON does not have as they are.
//!
//! A text of JSON is read by `serde_json` to the last digit only with its feature `float_roundtrip`.

mod form;
#[cfg(feature = "schemars")]
mod json_schema;
#[cfg(feature = "json")]
mod member;
mod reader;
mod value;

use serde_core::{Serialize, Serializer};

use crate::sample::{Batch, Packable};

#[doc(hidden)]
pub use form::{Serde, SerdeField, asks_serde};
#[cfg(feature = "schemars")]
#[doc(hidden)]
pub use form::{asks_json_schema, json_schema_text};
#[cfg(feature = "schemars")]
#[doc(hidden)]
pub use json_schema::{json_schema, schema_id, schema_name};
#[cfg(feature = "json")]
#[doc(hidden)]
pub use member::json_of;
pub use reader::from_slice;
pub(crate) use reader::read;

/// Without JSON its members are those of the library, which says so.
#[cfg(not(feature = "json"))]
#[doc(hidden)]
pub const fn json_of<T>(source: crate::sample::MemberSource) -> crate::sample::MemberSource {
    source
}

/// A sample, to be serialized as a map of its fields.
#[derive(Debug)]
pub struct Row<'s, S>(&'s S);

/// A batch, to be serialized as a list of such maps.
#[derive(Debug)]
pub struct Rows<'b, B>(&'b B);

/// The sample as what serializes itself: a map of its fields, as they are on the wire.
pub fn row<S: Packable>(sample: &S) -> Row<'_, S> {
    Row(sample)
}

/// The samples of a batch in the same way, as a list.
pub fn rows<B: Batch<Sample: Packable>>(batch: &B) -> Rows<'_, B> {
    Rows(batch)
}

impl<S: Packable> Serialize for Row<'_, S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        sample::serialize(self.0, serializer)
    }
}

impl<B: Batch<Sample: Packable>> Serialize for Rows<'_, B> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        batch::serialize(self.0, serializer)
    }
}

/// For `#[serde(with = "atdata::serde::sample")]` on a field that is a sample.
pub mod sample {
    use serde_core::de::Error as _;
    use serde_core::ser::Error as _;
    use serde_core::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::sample::{DictSample, Packable};

    /// Serializes a sample as a map of its fields.
    ///
    /// # Errors
    /// Those of the serializer, and of a sample that could not be read back.
    pub fn serialize<S: Packable, T: Serializer>(sample: &S, serializer: T) -> Result<T::Ok, T::Error> {
        DictSample::from_sample(sample).map_err(T::Error::custom)?.serialize(serializer)
    }

    /// Reads a sample from such a map.
    ///
    /// # Errors
    /// Those of the deserializer, and of a map that is not of the type.
    pub fn deserialize<'de, S: Packable, T: Deserializer<'de>>(deserializer: T) -> Result<S, T::Error> {
        DictSample::deserialize(deserializer)?.to().map_err(T::Error::custom)
    }
}

/// For `#[serde(with = "atdata::serde::batch")]` on a field that is a batch.
pub mod batch {
    use serde_core::de::Error as _;
    use serde_core::ser::{Error as _, SerializeSeq};
    use serde_core::{Deserialize, Deserializer, Serializer};

    use super::{row, sample};
    use crate::sample::{Batch, Packable, UNEVEN};

    /// Serializes a batch as a list of its samples.
    ///
    /// # Errors
    /// Those of the serializer, of a sample that could not be read back, and of a batch whose columns, changed by hand, are
    /// of different lengths.
    pub fn serialize<B: Batch<Sample: Packable>, T: Serializer>(batch: &B, serializer: T) -> Result<T::Ok, T::Error> {
        if !batch.is_even() {
            return Err(T::Error::custom(UNEVEN));
        }
        let mut list = serializer.serialize_seq(Some(batch.len()))?;
        for index in 0..batch.len() {
            let sample = batch.row(index).ok_or_else(|| T::Error::custom(UNEVEN))?;
            list.serialize_element(&row(&sample))?;
        }
        list.end()
    }

    /// Reads a batch from such a list.
    ///
    /// # Errors
    /// Those of the deserializer, of a map that is not of the type, and of arrays that do not stack.
    pub fn deserialize<'de, B: Batch<Sample: Packable>, T: Deserializer<'de>>(deserializer: T) -> Result<B, T::Error> {
        struct Sample<S>(S);

        impl<'de, S: Packable> Deserialize<'de> for Sample<S> {
            fn deserialize<T: Deserializer<'de>>(deserializer: T) -> Result<Self, T::Error> {
                sample::deserialize(deserializer).map(Self)
            }
        }

        let samples = Vec::<Sample<B::Sample>>::deserialize(deserializer)?;
        B::from_samples(samples.into_iter().map(|Sample(sample)| sample)).map_err(T::Error::custom)
    }
}
