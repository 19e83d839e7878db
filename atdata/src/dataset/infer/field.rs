//! A field as samples have shown it.

use atdata_schema::{OwnedField, OwnedFieldType as Type};
use bytes::Bytes;

use super::pictures::Pictures;
use super::seen::Seen;
use crate::error::Printable;
use crate::format::image::ImageHeader;
use crate::sample::{Kind, Value, is_other_form, kind_of};

/// What the samples have shown of a field.
#[derive(Default)]
pub(super) struct FieldSeen {
    /// That of the field; of one that is in either of several members those of all, the first of which is the field's.
    names: Vec<String>,
    seen: Seen,
    /// Which samples have it, in order.
    rows: Vec<usize>,
    nulls: usize,
    pictures: Pictures,
    /// The key of the first sample whose bytes are no picture.
    no_picture: Option<String>,
    pickles: Few,
    /// Bytes that begin as an array, and are none.
    damaged: Few,
}

/// How many values are of a kind, and what the first one is.
#[derive(Default)]
struct Few {
    count: usize,
    first: String,
}

impl Few {
    fn add(&mut self, first: impl FnOnce() -> String) {
        if self.count == 0 {
            self.first = first();
        }
        self.count += 1;
    }

    fn merge(&mut self, other: Self) {
        if self.count == 0 {
            self.first = other.first;
        }
        self.count += other.count;
    }
}

impl FieldSeen {
    pub(super) fn new(name: &str) -> Self {
        Self { names: vec![name.to_owned()], ..Self::default() }
    }

    pub(super) fn name(&self) -> &str {
        self.names.first().map(String::as_str).unwrap_or_default()
    }

    pub(super) fn add(&mut self, row: usize, key: &str, value: &Value) {
        self.rows.push(row);
        if let Some(Err(error)) = value.as_array() {
            return self.damaged.add(|| format!("`{}`: {error}", Printable(key)));
        }
        self.seen.add(value);
        match value {
            Value::Nil => self.nulls += 1,
            Value::Bin(bytes) => self.add_bytes(key, bytes),
            _ => {}
        }
    }

    fn add_bytes(&mut self, key: &str, bytes: &Bytes) {
        if let Some(image) = ImageHeader::of(bytes) {
            return self.pictures.add(&image);
        }
        if self.no_picture.is_none() {
            self.no_picture = Some(key.to_owned());
        }
        if is_pickle(bytes) {
            self.pickles.add(|| key.to_owned());
        }
    }

    /// How many samples have it.
    pub(super) fn samples(&self) -> usize {
        self.rows.len()
    }

    /// The values that are there.
    fn count(&self) -> usize {
        self.rows.len() - self.nulls
    }

    /// Whether a member of the other field is there where none of this is, and is of the same kind: one field for both.
    pub(super) fn is_either(&self, other: &Self) -> bool {
        let are_pictures = self.pictures.are_most(self.count()) && other.pictures.are_most(other.count());
        if !is_other_form(self.name(), other.name(), are_pictures) {
            return false;
        }
        let mut both = self.seen.clone();
        both.merge(other.seen.clone());
        let is_apart = other.rows.iter().all(|row| self.rows.binary_search(row).is_err());
        is_apart && both.is_mixed() == (self.seen.is_mixed() || other.seen.is_mixed())
    }

    /// Takes the members of the other field for this one.
    pub(super) fn merge(&mut self, other: Self) {
        self.names.extend(other.names);
        self.seen.merge(other.seen);
        self.rows.extend(other.rows);
        self.rows.sort_unstable();
        self.nulls += other.nulls;
        self.pictures.merge(other.pictures);
        self.no_picture = self.no_picture.take().or(other.no_picture);
        self.pickles.merge(other.pickles);
        self.damaged.merge(other.damaged);
    }

    /// The field that these values are of, in so many samples.
    pub(super) fn field(&self, samples: usize, is_plain: bool) -> OwnedField {
        let optional = self.seen.has_null() || self.rows.len() < samples;
        let field_type = self.field_type(is_plain);
        let color = self.pictures.color(self.count()).filter(|_| field_type == Type::Bytes);
        let field = OwnedField::new(self.name(), field_type).optional(optional);
        let field = if self.names.len() > 1 { field.in_member(self.names.join("|")) } else { field };
        match color {
            Some(color) => field.of_images(color).described(format!("Pictures seen: {}.", self.pictures.sizes())),
            None => field,
        }
    }

    /// The type of all values, a few damaged ones apart.
    fn field_type(&self, is_plain: bool) -> Type {
        if self.damaged.count * 10 > self.count() {
            let mut seen = self.seen.clone();
            seen.add(&Value::Bin(Bytes::new()));
            return seen.field_type();
        }
        // A class is a number or a name, and either is a text.
        let is_text = is_plain && matches!(kind_of(self.name()), Kind::Label | Kind::Text);
        if is_text && self.seen.is_text_of_some_kind() { Type::Str } else { self.seen.field_type() }
    }

    /// What the values do not tell.
    pub(super) fn open(&self, is_plain: bool) -> Option<String> {
        let is_told = !self.pictures.is_empty() || self.pickles.count > 0 || self.damaged.count > 0;
        match self.field_type(is_plain) {
            Type::Str => None,
            Type::Bytes if is_told => None,
            _ => self.seen.open().map(|reason| format!("{}: {reason}", Printable(self.name()))),
        }
    }

    /// What else there is to say of the values.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.pictures.is_empty() {
            notes.extend(self.pictures.told(self.count(), self.no_picture.as_deref()));
        }
        if let [_, others @ ..] = self.names.as_slice()
            && !others.is_empty()
        {
            let others = others.iter().map(|name| format!("`{}`", Printable(name))).collect::<Vec<_>>().join(" or ");
            notes.push(format!("{others} is in its place in some samples, never both: the field takes either"));
        }
        let count = self.count();
        let Few { count: pickles, first } = &self.pickles;
        if *pickles > 0 {
            let key = Printable(first);
            notes.push(format!(
                "{pickles} of {count} are pickles of Python, which are bytes here: the first of key `{key}`"
            ));
        }
        let Few { count: damaged, first } = &self.damaged;
        if *damaged > 0 {
            notes.push(format!("{damaged} of {count} begin as arrays do, and are none: the first of key {first}"));
        }
        notes.into_iter().map(|note| format!("{}: {note}", Printable(self.name()))).collect()
    }
}

/// Whether that is what Python's `pickle` writes since its second protocol.
fn is_pickle(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80, 2..=5, .., b'.'])
}
