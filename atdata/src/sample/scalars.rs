//! Text, bytes, numbers and booleans as fields.

use atdata_schema::FieldType;
use bytes::Bytes;

use crate::array::{ArraySpec, to_half};
use crate::error::{Result, buffer, copied_text};
use crate::raw;
use crate::sample::encode::{write_bin, write_bool, write_f64, write_i64, write_str, write_u64};
use crate::sample::field::check_len;
use crate::sample::{Cursor, DecodeError, PackField};

impl PackField for bool {
    const TYPE: FieldType = FieldType::Bool;
    type Column = Vec<Self>;

    #[inline]
    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        cursor.read_bool()
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        write_bool(*self, out);
    }
}

macro_rules! integers {
    ($($t:ident by $read:ident, $write:ident $({ $($list:item)* })?;)+) => { $(
        impl PackField for $t {
            const TYPE: FieldType = FieldType::Int;
            type Column = Vec<Self>;

            #[inline]
    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
                let value = cursor.$read(stringify!($t))?;
                Self::try_from(value)
                    .map_err(|_| DecodeError::IntRange { value: value.into(), expected: stringify!($t) }.into())
            }

            #[inline]
    fn write(&self, out: &mut Vec<u8>) {
                // Lossless: the target is the widest of its kind.
                #[allow(clippy::cast_lossless, clippy::unnecessary_cast)]
                $write(*self as _, out);
            }

            $($($list)*)?
        }
    )+ };
}
integers! {
    i8 by integer_i64, write_i64;
    i16 by integer_i64, write_i64;
    i32 by integer_i64, write_i64;
    i64 by integer_i64, write_i64;
    isize by integer_i64, write_i64;
    u16 by integer_u64, write_u64;
    u32 by integer_u64, write_u64;
    u64 by integer_u64, write_u64;
    usize by integer_u64, write_u64;
    u8 by integer_u64, write_u64 {
        // A list of bytes is bytes: `Vec<u8>` and `[u8; N]` are `bin` on the wire.
        const LIST: FieldType = FieldType::Bytes;

        #[inline]
    fn read_list(cursor: &mut Cursor<'_>) -> Result<Vec<Self>> {
            match cursor.read_own_bytes()? {
                Some(bytes) => Ok(bytes),
                None => own(cursor.read_bytes()?),
            }
        }

        #[inline]
    fn write_list(values: &[Self], out: &mut Vec<u8>) {
            write_bin(values, out);
        }
    };
}

fn own(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut own = buffer(bytes.len())?;
    raw::extend_plain(&mut own, bytes);
    Ok(own)
}

impl PackField for f64 {
    const TYPE: FieldType = FieldType::Float;
    type Column = Vec<Self>;

    #[inline]
    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        cursor.read_f64()
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        write_f64(*self, out);
    }
}

/// Written as a double, which is all that Python has; read back to the nearest single.
impl PackField for f32 {
    const TYPE: FieldType = FieldType::Float;
    type Column = Vec<Self>;

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "rounding to the nearest single is what the type asks for")]
    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        cursor.read_f64().map(|value| value as f32)
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        write_f64((*self).into(), out);
    }
}

/// Written as a double, as Python writes its half floats; read back to the nearest half.
impl PackField for half::f16 {
    const TYPE: FieldType = FieldType::Float;
    type Column = Vec<Self>;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        cursor.read_f64().map(to_half)
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_f64(self.to_f64(), out);
    }
}

macro_rules! text {
    ($($t:ty, |$text:ident| $own:expr;)+) => { $(
        impl PackField for $t {
            const TYPE: FieldType = FieldType::Str;
            type Column = Vec<Self>;

            #[inline]
    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
                let $text = cursor.read_str()?;
                Ok($own)
            }

            #[inline]
    fn write(&self, out: &mut Vec<u8>) {
                write_str(self, out);
            }

            #[inline]
    fn check(&self, _: ArraySpec) -> Result<()> {
                check_len(self.len())
            }
        }
    )+ };
}
text! {
    String, |text| copied_text(text)?;
    Box<str>, |text| copied_text(text)?.into();
    std::sync::Arc<str>, |text| text.into();
}

/// Shares the memory of the sample that it was read from, where the cursor knows its owner.
impl PackField for Bytes {
    const TYPE: FieldType = FieldType::Bytes;
    type Column = Vec<Self>;

    #[inline]
    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        cursor.read_shared()
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        write_bin(self, out);
    }

    #[inline]
    fn check(&self, _: ArraySpec) -> Result<()> {
        check_len(self.len())
    }
}
