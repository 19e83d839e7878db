//! Text that constants can build: a panic in a constant prints nothing but a `&str` that is already there.

use atdata_schema::{ArrayType, FieldType};

/// Longer than any message about types that people write; what does not fit is left out.
const CAPACITY: usize = 4096;

/// A text of limited length.
pub(super) struct Text {
    bytes: [u8; CAPACITY],
    len: usize,
}

impl Text {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; CAPACITY], len: 0 }
    }

    pub(super) const fn as_str(&self) -> &str {
        match str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            // Texts are appended whole or not at all.
            Err(_) => "",
        }
    }

    pub(super) const fn push(&mut self, text: &str) {
        let (_, free) = self.bytes.split_at_mut(self.len);
        if text.len() <= free.len() {
            free.split_at_mut(text.len()).0.copy_from_slice(text.as_bytes());
            self.len += text.len();
        }
    }

    /// Near to how a [`FieldType`] displays, which a constant cannot call.
    pub(super) const fn push_type(&mut self, field_type: &FieldType) {
        match field_type {
            FieldType::Str => self.push("str"),
            FieldType::Int => self.push("int"),
            FieldType::Float => self.push("float"),
            FieldType::Bool => self.push("bool"),
            FieldType::Bytes => self.push("bytes"),
            FieldType::Any => self.push("any"),
            FieldType::Sample(schema) => self.push(schema.name()),
            FieldType::Array(array) => self.push_array(array),
            FieldType::List(element) => self.push_around("list<", element, ">"),
            FieldType::Map(value) => self.push_around("map<str, ", value, ">"),
            FieldType::Nullable(value) => self.push_around("", value, "?"),
            _ => self.push("another type"),
        }
    }

    const fn push_around(&mut self, before: &str, inner: &FieldType, after: &str) {
        self.push(before);
        self.push_type(inner);
        self.push(after);
    }

    const fn push_array(&mut self, array: &ArrayType) {
        self.push("array<");
        match array.dtype {
            Some(dtype) => self.push(dtype.name()),
            None => self.push("any"),
        }
        match (array.shape, array.ndim) {
            (Some(shape), _) => self.push_shape(shape),
            (None, Some(ndim)) => {
                self.push(", ");
                self.push_number(ndim);
                self.push("-d");
            }
            (None, None) => {}
        }
        self.push(">");
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

    const fn push_number(&mut self, number: usize) {
        if number >= 10 {
            self.push_number(number / 10);
        }
        let (_, from_digit) = "0123456789".split_at(number % 10);
        self.push(from_digit.split_at(1).0);
    }
}
