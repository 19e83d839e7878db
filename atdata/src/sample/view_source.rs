//! The source of a declared view: which of its fields the view shows, looked up while compiling.

use atdata_schema::Field;
use atdata_schema::matching::same_text;

use crate::array::ArraySpec;
use crate::sample::renamed::MAX_OWED;
use crate::sample::{FieldKey, Packable, SourceFields};

/// What declared views need to know of the type that they show. Types with a lifetime are no sources.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the source of a declared view",
    label = "does not derive `Packable`, or has a lifetime",
    note = "write `#[derive(Packable)]` on `{Self}`, or make the view with `#[lens]` on a function"
)]
pub trait ViewSource: Packable {
    /// The fields on the wire, in declaration order.
    const KEYS: &'static [FieldKey];

    /// Names of fields in Rust and on the wire where the two differ; a skipped field has none there.
    const RENAMED: &'static [(&'static str, &'static str)] = &[];

    /// What is declared of the arrays in some of them, by number.
    const SPECS: &'static [(usize, ArraySpec)] = &[];
}

/// The `N` fields of a source that a declared view shows, looked up while compiling.
#[derive(Debug)]
pub struct SourceTable<const N: usize> {
    keys: [FieldKey; N],
    specs: [ArraySpec; N],
    owed: u64,
    strict: bool,
    /// Whether the view can be told from those fields alone.
    direct: bool,
}

impl<const N: usize> SourceTable<N> {
    /// The fields of `S` with these names in Rust.
    pub const fn new<S: ViewSource>(idents: [&'static str; N]) -> Self {
        let mut table =
            Self { keys: [FieldKey::NONE; N], specs: [ArraySpec::ANY; N], owed: 0, strict: false, direct: true };
        let (mut i, mut next) = (0, 0);
        while i < N {
            next = table.look_up::<S>(i, idents, next);
            i += 1;
        }
        table
    }

    #[allow(clippy::indexing_slicing, reason = "bounded by the arrays' lengths; `get` is not const")]
    const fn look_up<S: ViewSource>(&mut self, i: usize, idents: [&'static str; N], next: usize) -> usize {
        let Some(at) = position::<S>(wire_name::<S>(idents[i]), next) else { return next };
        self.keys[i] = S::KEYS[at];
        if S::SCHEMA.fields[at].has_default {
            self.owed |= SourceFields::bit(i);
            self.strict = true;
            self.direct &= i < MAX_OWED;
        }
        let mut specs = S::SPECS;
        while let Some(((index, spec), rest)) = specs.split_first() {
            if *index == at {
                self.specs[i] = *spec;
                self.strict = true;
            }
            specs = rest;
        }
        at + 1
    }

    /// What a cursor is told of them.
    pub const fn fields(&'static self) -> SourceFields {
        SourceFields { keys: Some(&self.keys), specs: &self.specs, owed: self.owed, strict: self.strict }
    }

    /// The names on the wire of each field, in the source and in the view.
    #[allow(clippy::indexing_slicing, reason = "bounded by the arrays' lengths; `get` is not const")]
    pub const fn mapping(&self, view: [&'static str; N]) -> [(&'static str, &'static str); N] {
        let mut mapping = [("", ""); N];
        let mut i = 0;
        while i < N {
            mapping[i] = (self.keys[i].name(), view[i]);
            i += 1;
        }
        mapping
    }

    pub(crate) const fn is_direct(&self) -> bool {
        self.direct
    }
}

/// Whether `S` keeps that field off the wire.
pub const fn is_skipped<S: ViewSource>(ident: &str) -> bool {
    wire_name::<S>(ident).is_empty()
}

/// What the schema of `S` says of a field.
pub(crate) const fn wire_field<S: ViewSource>(ident: &str) -> Option<&'static Field> {
    let (name, mut fields) = (wire_name::<S>(ident), S::SCHEMA.fields);
    while let [field, rest @ ..] = fields {
        if same_text(field.name, name) {
            return Some(field);
        }
        fields = rest;
    }
    None
}

/// The name on the wire of a field of `S`; that of a skipped one is empty.
const fn wire_name<S: ViewSource>(ident: &str) -> &str {
    let mut renamed = S::RENAMED;
    while let [(own, wire), rest @ ..] = renamed {
        if same_text(own, ident) {
            return wire;
        }
        renamed = rest;
    }
    ident
}

/// Views mostly keep the order of their source, so the search begins where the last one ended: the compiler gives up on
/// constants that take too many steps.
const fn position<S: ViewSource>(name: &str, next: usize) -> Option<usize> {
    let (before, after) = S::KEYS.split_at(next);
    match position_in(after, name) {
        Some(at) => Some(next + at),
        None => position_in(before, name),
    }
}

const fn position_in(mut keys: &[FieldKey], name: &str) -> Option<usize> {
    let mut at = 0;
    while let [key, rest @ ..] = keys {
        if same_text(key.name(), name) {
            return Some(at);
        }
        keys = rest;
        at += 1;
    }
    None
}
