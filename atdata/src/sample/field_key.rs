//! Keys of fields, as they are compared with the bytes of a sample.

/// A field name, and the same as a msgpack string.
#[derive(Debug, Clone, Copy)]
pub struct FieldKey {
    name: &'static str,
    pub(super) encoded: &'static [u8],
    /// The first eight bytes of the latter, and which of them there are: most keys are compared by these alone.
    pub(super) word: u64,
    pub(super) mask: u64,
}

impl FieldKey {
    /// The key of no field: names are not empty.
    pub(crate) const NONE: Self = Self::new("", &[]);

    /// `encoded` is `name` as msgpack.
    pub const fn new(name: &'static str, encoded: &'static [u8]) -> Self {
        let (mut word, mut mask, mut at) = (0, 0, 0);
        let mut left = encoded;
        while let (Some((&byte, rest)), true) = (left.split_first(), at < 8) {
            word |= (byte as u64) << (8 * at);
            mask |= 0xff << (8 * at);
            left = rest;
            at += 1;
        }
        Self { name, encoded, word, mask }
    }

    /// The name on the wire.
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }
}
