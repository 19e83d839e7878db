//! One law on one set of samples.

use crate::lens::PutLens;
use crate::lens::laws::Law;
use crate::sample::{DictSample, Packable};

/// The samples that a law speaks of.
pub(super) enum Case<'a, L: PutLens> {
    GetPut { source: &'a L::Source },
    PutGet { view: &'a L::View, source: &'a L::Source },
    PutPut { first: &'a L::View, second: &'a L::View, source: &'a L::Source },
}

/// A sample as its bytes, or why it has none that could be read back.
#[derive(PartialEq)]
pub(super) struct Packed {
    pub(super) type_name: &'static str,
    bytes: Vec<u8>,
    refused: Option<String>,
}

/// What should be the same and is not.
pub(super) struct Violation {
    pub(super) expected: Packed,
    pub(super) found: Packed,
}

impl Packed {
    fn of<S: Packable>(sample: &S) -> Self {
        let type_name = S::SCHEMA.name;
        match sample.try_pack() {
            Ok(bytes) => Self { type_name, bytes, refused: None },
            Err(error) => Self { type_name, bytes: sample.pack(), refused: Some(error.to_string()) },
        }
    }

    /// Its fields, or what is wrong with it.
    pub(super) fn fields(&self) -> Result<DictSample, String> {
        match &self.refused {
            Some(refused) => Err(format!("a sample that cannot be written: {refused}")),
            None => DictSample::unpack(&self.bytes).map_err(|error| error.to_string()),
        }
    }
}

impl<L: PutLens<Source: Packable, View: Packable>> Case<'_, L> {
    pub(super) fn law(&self) -> Law {
        match self {
            Self::GetPut { .. } => Law::GetPut,
            Self::PutGet { .. } => Law::PutGet,
            Self::PutPut { .. } => Law::PutPut,
        }
    }

    /// What is put must be a sample that can be written, if what it is made of is: two that cannot may well be equal.
    pub(super) fn violation(&self, lens: &L) -> Option<Violation> {
        let (expected, found, put) = match self {
            Self::GetPut { source } => (Packed::of(*source), Packed::of(&lens.put(&lens.get(source), source)), None),
            Self::PutGet { view, source } => {
                let put = lens.put(view, source);
                (Packed::of(*view), Packed::of(&lens.get(&put)), Some(Packed::of(&put)))
            }
            Self::PutPut { first, second, source } => {
                let put = lens.put(second, source);
                let twice = lens.put(second, &lens.put(first, source));
                (Packed::of(&put), Packed::of(&twice), Some(Packed::of(&put)))
            }
        };
        if expected != found {
            return Some(Violation { expected, found });
        }
        let is_refused = |packed: &Packed| packed.refused.is_some();
        let found = put.filter(|put| is_refused(put) && !self.inputs().iter().any(|(_, input)| is_refused(input)))?;
        let expected = match self {
            Self::GetPut { source } | Self::PutGet { source, .. } | Self::PutPut { source, .. } => Packed::of(*source),
        };
        Some(Violation { expected, found })
    }

    /// The samples under the names that the formula has for them.
    pub(super) fn inputs(&self) -> Vec<(&'static str, Packed)> {
        match self {
            Self::GetPut { source } => vec![("source", Packed::of(*source))],
            Self::PutGet { view, source } => vec![("source", Packed::of(*source)), ("view", Packed::of(*view))],
            Self::PutPut { first, second, source } => {
                vec![("source", Packed::of(*source)), ("first", Packed::of(*first)), ("second", Packed::of(*second))]
            }
        }
    }
}
