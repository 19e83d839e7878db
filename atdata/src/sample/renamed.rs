//! Reading one type from the bytes of another: what the readers of a type are told when its fields have other names on
//! the wire, among fields that it does not know.

use crate::sample::Keys;

/// The fields of the written type that a reader wants, in the order in which that reader knows them.
#[derive(Debug, Clone, Copy)]
pub struct SourceFields {
    /// `None` where the names are the reader's own.
    pub(super) keys: Option<Keys>,
    pub(super) owed: Owed,
}

/// Which fields must be there for the reader to know their value: the written type fills them in by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Owed {
    /// One for each field.
    These(&'static [bool]),
    /// Asked where a field is missing, which is rare.
    By(fn(usize) -> bool),
}

impl SourceFields {
    /// The reader's own fields, among others.
    pub(crate) const OWN: Self = Self::own(Owed::These(&[]));

    /// The same, some of which must be there.
    pub(crate) const fn own(owed: Owed) -> Self {
        Self { keys: None, owed }
    }

    #[inline]
    pub(super) fn keys(&self) -> Option<Keys> {
        self.keys
    }

    /// Whether the reader cannot do without a field, whose default only the written type knows; that type is read instead
    /// then.
    pub(super) fn owes(&self, at: usize) -> bool {
        match self.owed {
            Owed::These(owed) => owed.get(at).copied().unwrap_or_default(),
            Owed::By(owes) => owes(at),
        }
    }
}
