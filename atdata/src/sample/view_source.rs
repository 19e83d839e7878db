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

    /// Fields whose own fields are among those on the wire.
    const FLATTENED: &'static [FlatField] = &[];
}

/// What the fields of a source are called.
#[derive(Debug, Clone, Copy)]
struct Names {
    keys: Keys,
    renamed: &'static [(&'static str, &'static str)],
    converted: &'static [&'static str],
    flattened: &'static [FlatField],
}

/// A flattened field of a source.
#[derive(Debug, Clone, Copy)]
pub struct FlatField {
    ident: &'static str,
    /// The number of the first of its fields on the wire.
    start: usize,
    names: Names,
}

impl FlatField {
    /// The field of that name in Rust, of the type `S`, with the number of its first field on the wire.
    pub const fn new<S: ViewSource>(ident: &'static str, start: usize) -> Self {
        Self { ident, start, names: Names::of::<S>() }
    }
}

/// What a view's field shows of its source.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// The field of that number on the wire.
    Wire(usize),
    /// One that is on no wire.
    Skipped,
    /// One whose bytes are of another type than its values.
    Converted,
    /// One whose own fields are on the wire.
    Flattened,
    /// A part of a field.
    Inside,
    /// Of a type whose derive met an error nothing is known.
    Unknown,
}

/// The `N` fields of a source that a declared view shows, looked up while compiling.
#[derive(Debug)]
pub struct SourceTable<const N: usize> {
    keys: KeyTable<N>,
    owed: [bool; N],
    places: [Place; N],
}

impl<const N: usize> SourceTable<N> {
    /// The fields of `S` with these names in Rust, or paths of them.
    #[allow(clippy::indexing_slicing, reason = "bounded by the arrays' lengths; `get` is not const")]
    pub const fn new<S: ViewSource>(idents: [&'static str; N]) -> Self {
        let names = Names::of::<S>();
        let (mut keys, mut owed, mut places) = ([FieldKey::NONE; N], [false; N], [Place::Unknown; N]);
        let mut i = 0;
        while i < N {
            places[i] = names.place(idents[i]);
            if let Place::Wire(at) = places[i] {
                keys[i] = S::KEYS.list()[at];
                owed[i] = S::SCHEMA.fields[at].has_default;
            }
            i += 1;
        }
        Self { keys: KeyTable::new(keys), owed, places }
    }

    /// Where field number `at` of the view is in the source.
    #[allow(clippy::indexing_slicing, reason = "a number of one of the fields; `get` is not const")]
    pub(crate) const fn place(&self, at: usize) -> Place {
        self.places[at]
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

/// What the schema of `S` says of a field.
pub(crate) const fn wire_field<S: ViewSource>(path: &str) -> Option<&'static Field> {
    match place::<S>(path) {
        Place::Wire(at) => S::SCHEMA.fields.split_at(at).1.first(),
        _ => None,
    }
}

/// Where a field of `S` is, by its name in Rust, or by a path into one that is flattened: `camera.model`.
const fn place<S: ViewSource>(path: &str) -> Place {
    Names::of::<S>().place(path)
}

impl Names {
    const fn of<S: ViewSource>() -> Self {
        Self { keys: S::KEYS, renamed: S::RENAMED, converted: S::CONVERTED, flattened: S::FLATTENED }
    }

    const fn place(&self, path: &str) -> Place {
        let mut flattened = self.flattened;
        while let [field, rest @ ..] = flattened {
            match behind(path, field.ident) {
                Some(inside) if inside.is_empty() => return Place::Flattened,
                Some(inside) => {
                    return match field.names.place(inside) {
                        Place::Wire(at) => Place::Wire(field.start + at),
                        other => other,
                    };
                }
                None => flattened = rest,
            }
        }
        let name = self.wire_name(path);
        if name.is_empty() {
            return Place::Skipped;
        }
        if self.is_converted(path) {
            return Place::Converted;
        }
        match self.keys.find(name) {
            Some(at) => Place::Wire(at),
            None if self.keys.list().is_empty() => Place::Unknown,
            None => Place::Inside,
        }
    }

    const fn is_converted(&self, ident: &str) -> bool {
        let mut converted = self.converted;
        while let [name, rest @ ..] = converted {
            if matches!(compare_texts(name, ident), Ordering::Equal) {
                return true;
            }
            converted = rest;
        }
        false
    }

    /// The name on the wire; that of a skipped field is empty.
    const fn wire_name<'n>(&self, ident: &'n str) -> &'n str {
        let mut renamed = self.renamed;
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
}

/// What a path has behind its first name and the dot, nothing of one that is the name; `None` if it begins with another.
const fn behind<'p>(path: &'p str, first: &str) -> Option<&'p str> {
    if path.len() < first.len() || !path.is_char_boundary(first.len()) {
        return None;
    }
    let (name, rest) = path.split_at(first.len());
    if !matches!(compare_texts(name, first), Ordering::Equal) {
        return None;
    }
    match rest.as_bytes() {
        [] => Some(""),
        [b'.', ..] => Some(rest.split_at(1).1),
        _ => None,
    }
}
