//! Encoded files: what the types of this module have in common, for each is the bytes of one file.

/// Implements a field type that wraps `bytes::Bytes`.
///
/// The type has a function `fits(&[u8], ArraySpec) -> Result<()>` of its own: a cheap look whether the bytes are a file
/// of that format and, where the field declares one, of that shape.
macro_rules! encoded_field {
    ($name:ident, $field_type:expr, $expected:expr) => {
        impl $name {
            /// A value from the bytes of its file.
            ///
            /// # Errors
            /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) if the bytes do not begin like such a file. The rest
            /// is looked at when it is decoded.
            pub fn from_bytes(bytes: impl Into<bytes::Bytes>) -> $crate::error::Result<Self> {
                let bytes = bytes.into();
                Self::fits(&bytes, $crate::array::ArraySpec::ANY)?;
                Ok(Self { bytes })
            }

            /// The bytes of the file, as they are in the sample.
            pub fn as_bytes(&self) -> &bytes::Bytes {
                &self.bytes
            }

            /// The bytes of the file.
            pub fn into_bytes(self) -> bytes::Bytes {
                self.bytes
            }
        }

        impl $crate::sample::PackField for $name {
            const TYPE: atdata_schema::FieldType = $field_type;
            type Column = Vec<Self>;

            fn read(cursor: &mut $crate::sample::Cursor<'_>) -> $crate::error::Result<Self> {
                let bytes = cursor.read_bytes_of($expected)?;
                Self::fits(bytes, cursor.spec())?;
                Ok(Self { bytes: cursor.share(bytes)? })
            }

            fn write(&self, out: &mut Vec<u8>) {
                $crate::sample::write_bin(&self.bytes, out);
            }

            fn check(&self, spec: $crate::array::ArraySpec) -> $crate::error::Result<()> {
                Self::fits(&self.bytes, spec)?;
                $crate::sample::check_len(self.bytes.len())
            }
        }
    };
}

pub(super) use encoded_field;
