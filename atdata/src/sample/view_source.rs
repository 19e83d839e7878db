//! The source of a declared view: which of its fields the view shows, looked up while compiling.

use std::cmp::Ordering;

use atdata_schema::Field;
use atdata_schema::matching::compare_texts;

use crate::sample::renamed::Owed;
use crate::sample::{FieldKey, KeyTable, Keys, Packable, SourceFields};

/// What declared views need to know of the type that they show. Types with a lifetime are no sources.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the source of a declared view",
    label = "does not derive `Packable`, or has a lifetime",
    note = "write `#[derive(Packable)]` on `{Self}`, or make the view with `#[lens]` on a function"
)]
pub trait ViewSource: Packable {
    /// The fields on the wire, in declaration order.
    const KEYS: Keys;

    /// Names of fields in Rust and on the wire where the two differ, by those in Rust; a skipped field has none there.
    const RENAMED: &'static [(&'static str, &'static str)] = &[];

    /// Names in Rust of fields whose bytes are of another type than their values.
    const CONVERTED: &'static [&'static str] = &[];
}

/// The `N` fields of a source that a declared view shows, looked up while compiling.
#[derive(Debug)]
pub struct SourceTable<const N: usize> {
    keys: KeyTable<N>,
    owed: [bool; N],
}

impl<const N: usize> SourceTable<N> {
    /// The fields of `S` with these names in Rust.
    #[allow(clippy::indexing_slicing, reason = "bounded by the arrays' lengths; `get` is not const")]
    pub const fn new<S: ViewSource>(idents: [&'static str; N]) -> Self {
        let (mut keys, mut owed, mut i) = ([FieldKey::NONE; N], [false; N], 0);
        while i < N {
            if let Some(at) = position::<S>(idents[i]) {
                keys[i] = S::KEYS.list()[at];
                owed[i] = S::SCHEMA.fields[at].has_default;
            }
            i += 1;
        }
        Self { keys: KeyTable::new(keys), owed }
    }

    /// What a cursor is told of them.
    pub const fn fields(&'static self) -> SourceFields {
        SourceFields { keys: Some(self.keys.keys()), owed: Owed::These(&self.owed) }
    }

    /// The names on the wire of each field, in the source and in the view.
    #[allow(clippy::indexing_slicing, reason = "bounded by the arrays' lengths; `get` is not const")]
    pub const fn mapping(&self, view: [&'static str; N]) -> [(&'static str, &'static str); N] {
        let mut mapping = [("", ""); N];
        let mut i = 0;
        while i < N {
            mapping[i] = (self.keys.list()[i].name(), view[i]);
            i += 1;
        }
        mapping
    }
}

/// Whether `S` keeps that field off the wire.
pub(crate) const fn is_skipped<S: ViewSource>(ident: &str) -> bool {
    wire_name::<S>(ident).is_empty()
}

/// Whether the bytes of that field of `S` are of another type than its values.
pub(crate) const fn is_converted<S: ViewSource>(ident: &str) -> bool {
    let mut converted = S::CONVERTED;
    while let [name, rest @ ..] = converted {
        if matches!(compare_texts(name, ident), Ordering::Equal) {
            return true;
        }
        converted = rest;
    }
    false
}

/// What the schema of `S` says of a field.
pub(crate) const fn wire_field<S: ViewSource>(ident: &str) -> Option<&'static Field> {
    match position::<S>(ident) {
        Some(at) => S::SCHEMA.fields.split_at(at).1.first(),
        None => None,
    }
}

/// The number of a field of `S` on the wire.
const fn position<S: ViewSource>(ident: &str) -> Option<usize> {
    S::KEYS.find(wire_name::<S>(ident))
}

/// The name on the wire of a field of `S`; that of a skipped one is empty.
const fn wire_name<S: ViewSource>(ident: &str) -> &str {
    let mut renamed = S::RENAMED;
    while !renamed.is_empty() {
        let (before, rest) = renamed.split_at(renamed.len() / 2);
        let [(own, wire), after @ ..] = rest else { return ident };
        renamed = match compare_texts(own, ident) {
            Ordering::Less => after,
            Ordering::Greater => before,
            Ordering::Equal => return wire,
        };
    }
    ident
}
