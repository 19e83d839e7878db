//! Reading one type from the bytes of another: what the readers of a type are told when its fields have other names on
//! the wire, among fields that it does not know.

use crate::array::ArraySpec;
use crate::error::Result;
use crate::sample::{DecodeError, FieldKey};

/// The fields of the written type that a reader wants, in the order in which that reader knows them.
#[derive(Debug, Clone, Copy)]
pub struct SourceFields {
    /// `None` where the names are the reader's own.
    pub(super) keys: Option<&'static [FieldKey]>,
    /// What the written type declares of their arrays.
    pub(super) specs: &'static [ArraySpec],
    /// Fields that must be there for the reader to know their value: the written type fills them in by itself.
    pub(super) owed: u64,
    pub(super) strict: bool,
}

impl SourceFields {
    /// The reader's own fields, among others.
    pub(crate) const OWN: Self = Self::own(0);

    /// The same, some of which must be there.
    pub(crate) const fn own(owed: u64) -> Self {
        Self { keys: None, specs: &[], owed, strict: owed != 0 }
    }

    /// A field's place among those that are owed; none beyond the first 64.
    #[inline]
    pub(crate) const fn bit(index: usize) -> u64 {
        if index < MAX_OWED { 1 << index } else { 0 }
    }

    #[inline]
    pub(crate) fn keys(&self) -> Option<&'static [FieldKey]> {
        self.keys
    }

    /// Whether anything is declared of the fields beyond their names.
    #[inline]
    pub(crate) fn is_strict(&self) -> bool {
        self.strict
    }

    pub(crate) fn spec(&self, index: usize) -> ArraySpec {
        self.specs.get(index).copied().unwrap_or(ArraySpec::ANY)
    }

    /// An error if a field is missing whose default only the written type knows; that type is read instead then.
    #[inline]
    pub(crate) fn check_seen(&self, seen: u64) -> Result<()> {
        if self.owed & !seen == 0 { Ok(()) } else { Err(DecodeError::MissingField { present: Vec::new() }.into()) }
    }
}

/// Fields of which [`SourceFields`] can be owed.
pub(super) const MAX_OWED: usize = u64::BITS as usize;
