//! Text in constants: a panic in a constant prints nothing but a `&str` that is already there.

use crate::model::MAX_VALUES;
use crate::{ArrayType, FieldType};

/// Longer than any message about types that people write; what does not fit is cut.
const CAPACITY: usize = 4096;
const CUT: &str = "...";

/// A text of limited length.
#[derive(Debug, Clone)]
pub struct Text {
    bytes: [u8; CAPACITY],
    len: usize,
    is_cut: bool,
}

impl Text {
    #[allow(clippy::new_without_default, reason = "for constants, which cannot call `default`")]
    pub const fn new() -> Self {
        Self { bytes: [0; CAPACITY], len: 0, is_cut: false }
    }

    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The text.
    pub const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.len);
        match core::str::from_utf8(text) {
            Ok(text) => text,
            // Only whole characters are appended.
            Err(_) => "",
        }
    }

    pub const fn push(&mut self, text: &str) {
        if self.is_cut {
            return;
        }
        let free = CAPACITY - CUT.len() - self.len;
        if text.len() <= free {
            return self.append(text.as_bytes());
        }
        let mut end = free;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.append(text.as_bytes().split_at(end).0);
        self.append(CUT.as_bytes());
        self.is_cut = true;
    }

    /// Callers have made sure that it fits.
    const fn append(&mut self, text: &[u8]) {
        let (_, free) = self.bytes.split_at_mut(self.len);
        free.split_at_mut(text.len()).0.copy_from_slice(text);
        self.len += text.len();
    }

    const fn push_number(&mut self, number: usize) {
        if number >= 10 {
            self.push_number(number / 10);
        }
        let (_, from_digit) = "0123456789".split_at(number % 10);
        self.push(from_digit.split_at(1).0);
    }

    /// A number with words around it.
    pub const fn of_number(before: &str, number: usize, after: &str) -> Self {
        let mut text = Self::new();
        text.push(before);
        text.push_number(number);
        text.push(after);
        text
    }

    /// As [`FieldType`] displays, which a constant cannot call.
    pub const fn push_type(&mut self, field_type: &FieldType) {
        match field_type {
            FieldType::Str => self.push("str"),
            FieldType::Int => self.push("int"),
            FieldType::Float => self.push("float"),
            FieldType::Bool => self.push("bool"),
            FieldType::Bytes => self.push("bytes"),
            FieldType::Any => self.push("any"),
            FieldType::Sample(schema) => self.push(schema.name()),
            FieldType::Enum(values) => self.push_values(values),
            FieldType::Array(array) => self.push_array("array<", array),
            FieldType::Structured(array) => self.push_array("structured<", array),
            FieldType::Sparse => self.push("sparse"),
            FieldType::ArrowTensor => self.push("arrow_tensor"),
            FieldType::Safetensors => self.push("safetensors"),
            FieldType::DataFrame => self.push("dataframe"),
            FieldType::List(element) => self.push_around("list<", element, ">"),
            FieldType::Map(value) => self.push_around("map<str, ", value, ">"),
            FieldType::Nullable(value) => self.push_around("", value, "?"),
        }
    }

    /// `enum<"train", "test">`. The values stand in the user's own code, so nothing is escaped.
    const fn push_values(&mut self, values: &[&str]) {
        let (mut rest, mut before) = (values, "enum<\"");
        while let [value, after @ ..] = rest {
            if values.len() - rest.len() == MAX_VALUES {
                self.push("\", …>");
                return;
            }
            self.push(before);
            self.push(value);
            before = "\", \"";
            rest = after;
        }
        self.push(if values.is_empty() { "enum<>" } else { "\">" });
    }

    const fn push_around(&mut self, before: &str, inner: &FieldType, after: &str) {
        self.push(before);
        self.push_type(inner);
        self.push(after);
    }

    const fn push_array(&mut self, kind: &str, array: &ArrayType) {
        self.push(kind);
        match array.dtype {
            Some(dtype) => self.push(dtype.name()),
            None => self.push("any"),
        }
        match (array.shape, array.ndim) {
            (Some(shape), _) if !super::array::is_open(shape) => self.push_shape(shape),
            (Some(shape), _) => self.push_rank(shape.len()),
            (None, Some(ndim)) => self.push_rank(ndim),
            (None, None) => {}
        }
        self.push(">");
    }

    const fn push_rank(&mut self, ndim: usize) {
        self.push(", ");
        self.push_number(ndim);
        self.push("-d");
    }

    const fn push_shape(&mut self, mut shape: &[Option<usize>]) {
        let mut before = ", (";
        while let [size, rest @ ..] = shape {
            self.push(before);
            match size {
                Some(size) => self.push_number(*size),
                None => self.push("_"),
            }
            before = ", ";
            shape = rest;
        }
        self.push(")");
    }

    /// `(height, width)`
    pub const fn push_names(&mut self, mut names: &[&str]) {
        let mut before = "(";
        while let [name, rest @ ..] = names {
            self.push(before);
            self.push(name);
            before = ", ";
            names = rest;
        }
        self.push(")");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dtype, Field, Schema, SchemaRef};

    fn text(field_type: &FieldType) -> String {
        let mut text = Text::new();
        text.push_type(field_type);
        text.as_str().to_owned()
    }

    #[test]
    fn types_read_as_they_display() {
        static NONE: Schema = Schema::new("Point", "1.2.3", None, &[]);
        const SHAPED: Field = Field::new("", FieldType::Array(ArrayType::new(None, None)))
            .shaped(Some(&[Some(1024), None, Some(0)]), None);
        const OPEN: Field =
            Field::new("", FieldType::Array(ArrayType::new(None, None))).shaped(Some(&[None, None]), None);
        const SAMPLE: FieldType = FieldType::Sample(SchemaRef::new("Point", "1.2.3", || &NONE));
        let types = [
            FieldType::Str,
            FieldType::Int,
            FieldType::Float,
            FieldType::Bool,
            FieldType::Bytes,
            FieldType::Any,
            SAMPLE,
            SHAPED.field_type,
            OPEN.field_type,
            FieldType::Array(ArrayType::new(Some(Dtype::Complex128), Some(64))),
            FieldType::Array(ArrayType::new(Some(Dtype::Bool), Some(0))),
            FieldType::List(&FieldType::Nullable(&SAMPLE)),
            FieldType::Map(&FieldType::List(&FieldType::Str)),
            FieldType::Enum(&["train", "test"]),
            FieldType::Enum(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]),
            FieldType::Enum(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"]),
            FieldType::Enum(&[]),
            FieldType::Structured(ArrayType::new(None, Some(2))),
            FieldType::Sparse,
            FieldType::ArrowTensor,
            FieldType::Safetensors,
            FieldType::DataFrame,
        ];
        for field_type in types {
            assert_eq!(text(&field_type), field_type.to_string());
        }
    }

    #[test]
    fn what_does_not_fit_is_cut_at_a_character() {
        let mut text = Text::new();
        text.push("é".repeat(CAPACITY).as_str());
        text.push("more");
        assert!(text.as_str().ends_with("é..."), "{}", text.as_str());
        assert!(text.as_str().len() <= CAPACITY);
    }
}
