//! A deserializer over the bytes of a sample: for types of serde's derives, with the places of errors that samples have.

use std::fmt;

use serde_core::de::value::{BorrowedStrDeserializer, SeqDeserializer};
use serde_core::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_core::forward_to_deserialize_any;

use crate::array::{DynArray, Nested, too_many};
use crate::error::{Error, ErrorKind, Result};
use crate::sample::Cursor;
use crate::sample::cursor::Head;
use crate::sample::fields::missing_field;

/// A value of any type that implements `Deserialize`, from the bytes of a sample.
///
/// The fields of a sample are those of a struct. Arrays are lists of their elements, nested as the arrays are, or what
/// `serde_bytes` takes; [`DynArray`] and [`Value`](crate::Value) are read as they are anywhere. For a whole dataset there is
/// [`Dataset::deserialize`](crate::Dataset::deserialize).
///
/// # Errors
/// As of [`Packable::unpack`](crate::Packable::unpack), with the field.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    read(&mut Cursor::new(bytes))
}

/// The value at the cursor. What a type has in one form for bytes and in another for people, such as an `IpAddr`, is read in
/// both: `rmp-serde` writes the first, JSON has the second, and so has Python.
pub(crate) fn read<T: DeserializeOwned>(cursor: &mut Cursor<'_>) -> Result<T> {
    let start = cursor.clone();
    let refused = match T::deserialize(Reader { cursor }) {
        Ok(value) => return Ok(value),
        Err(refused) => refused,
    };
    let behind = std::mem::replace(cursor, start);
    cursor.set_readable(true);
    let again = T::deserialize(Reader { cursor });
    cursor.set_readable(false);
    again.map_err(|_| {
        *cursor = behind;
        refused.error
    })
}

/// An error that can be made of a text, which the library's own cannot.
#[derive(Debug)]
struct Refused {
    error: Error,
    /// The field that the struct has and the map has not; who knows the map says so.
    missing: Option<&'static str>,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { error, missing: None }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Refused {}

impl serde_core::de::Error for Refused {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Error::new(ErrorKind::SchemaMismatch, message.to_string()).into()
    }

    fn missing_field(field: &'static str) -> Self {
        let refused = Self::custom(format_args!("the field \"{field}\" is missing"));
        Self { missing: Some(field), ..refused }
    }
}

impl Refused {
    fn at(self, place: impl FnOnce(Error) -> Error) -> Self {
        Self { error: place(self.error), missing: None }
    }
}

/// The value that comes next.
struct Reader<'c, 'a> {
    cursor: &'c mut Cursor<'a>,
}

impl<'a> Reader<'_, 'a> {
    fn any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refused> {
        let cursor = self.cursor;
        match cursor.head()? {
            Head::Nil => visitor.visit_unit(),
            Head::Bool(value) => visitor.visit_bool(value),
            Head::Int(value) => visitor.visit_i64(value),
            Head::UInt(value) => visitor.visit_u64(value),
            Head::Float(value) => visitor.visit_f64(value),
            Head::Str(len) => visitor.visit_borrowed_str(cursor.take_str(len)?),
            Head::Bin(len) => visitor.visit_borrowed_bytes(cursor.take(len)?),
            Head::List(len) => nested(cursor, len, |cursor| elements(cursor, len, visitor)),
            Head::Map(len) => {
                nested(cursor, len, |cursor| visitor.visit_map(Entries { cursor, left: len, key: "", fields: &[] }))
            }
        }
    }

    /// The bytes that come next, if it is bytes that do.
    fn bytes(&mut self) -> Result<Option<&'a [u8]>, Refused> {
        if !matches!(self.cursor.here().first(), Some(0xc4..=0xc6)) {
            return Ok(None);
        }
        Ok(Some(self.cursor.read_bytes()?))
    }

    /// The bytes as which `rmp-serde` writes integers of 128 bits, if it is those that come next.
    fn wide(&mut self) -> Result<Option<[u8; 16]>, Refused> {
        Ok(match self.bytes()? {
            None => None,
            Some(bytes) => Some(bytes.try_into().map_err(|_| {
                let found = format!("expected an integer of 128 bits, which is 16 bytes, found {}", bytes.len());
                Refused::from(Error::new(ErrorKind::SchemaMismatch, found))
            })?),
        })
    }

    /// A list: also of the elements of an array, or of the bytes.
    fn list<V: Visitor<'a>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        match self.bytes()? {
            None => self.any(visitor),
            Some(bytes) if DynArray::is_array(bytes) => Nested(&DynArray::from_bytes(bytes)?).visit(visitor),
            Some(bytes) => {
                let mut elements = SeqDeserializer::new(bytes.iter().copied());
                let value = visitor.visit_seq(&mut elements)?;
                elements.end().map(|()| value)
            }
        }
    }
}

/// Enters a container; what fails inside has its place already.
fn nested<'a, T>(
    cursor: &mut Cursor<'a>,
    len: usize,
    read: impl FnOnce(&mut Cursor<'a>) -> Result<T, Refused>,
) -> Result<T, Refused> {
    let mut missing = None;
    let read = |cursor: &mut Cursor<'a>| {
        read(cursor).map_err(|refused| {
            missing = refused.missing;
            refused.error
        })
    };
    cursor.nested_elements(len, read).map_err(|error| Refused { error, missing })
}

impl<'a> Deserializer<'a> for Reader<'_, 'a> {
    type Error = Refused;

    fn is_human_readable(&self) -> bool {
        self.cursor.is_readable()
    }

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.any(visitor)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refused> {
        if self.cursor.read_nil() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_i128<V: Visitor<'a>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        match self.wide()? {
            Some(bytes) => visitor.visit_i128(i128::from_be_bytes(bytes)),
            None => self.any(visitor),
        }
    }

    fn deserialize_u128<V: Visitor<'a>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        match self.wide()? {
            Some(bytes) => visitor.visit_u128(u128::from_be_bytes(bytes)),
            None => self.any(visitor),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refused> {
        // `rmp-serde` writes an empty list.
        if self.cursor.here().first() == Some(&0x90) {
            self.cursor.take(1)?;
            return visitor.visit_unit();
        }
        self.any(visitor)
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.list(visitor)
    }

    fn deserialize_tuple<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, Refused> {
        self.list(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.list(visitor)
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let start = self.cursor.here();
        let cursor = self.cursor;
        let len = match cursor.head()? {
            Head::Map(len) => len,
            // serde's structs may be lists of their fields as well.
            Head::List(len) => {
                return nested(cursor, len, |cursor| elements(cursor, len, visitor));
            }
            _ => return Err(Cursor::new(start).wrong_type("a map").in_sample(name).into()),
        };
        let read = |cursor: &mut Cursor<'a>| visitor.visit_map(Entries { cursor, left: len, key: "", fields });
        nested(cursor, len, read).map_err(|refused| {
            let refused = match refused.missing {
                Some(field) => missing_field(field, start).into(),
                None => refused,
            };
            refused.at(|error| error.in_sample(name))
        })
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let cursor = self.cursor;
        let start = cursor.here();
        match cursor.head()? {
            Head::Str(len) => visitor.visit_enum(BorrowedStrDeserializer::new(cursor.take_str(len)?)),
            Head::Map(1) => nested(cursor, 1, |cursor| visitor.visit_enum(Variant { cursor })),
            _ => Err(Cursor::new(start).wrong_type("an enum: text, or a map of one entry").into()),
        }
    }

    forward_to_deserialize_any! {
        <V: Visitor<'a>>
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit map identifier ignored_any
    }
}

/// Hands the elements of a list on, all of them.
fn elements<'a, V: Visitor<'a>>(cursor: &mut Cursor<'a>, len: usize, visitor: V) -> Result<V::Value, Refused> {
    let mut elements = Elements { cursor, len, next: 0 };
    let value = visitor.visit_seq(&mut elements)?;
    if elements.next < len { Err(too_many(elements.next, len)) } else { Ok(value) }
}

/// The elements of a list.
struct Elements<'c, 'a> {
    cursor: &'c mut Cursor<'a>,
    len: usize,
    next: usize,
}

impl<'a> SeqAccess<'a> for Elements<'_, 'a> {
    type Error = Refused;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Refused> {
        if self.next >= self.len {
            return Ok(None);
        }
        let at = self.next;
        self.next += 1;
        let read = seed.deserialize(Reader { cursor: &mut *self.cursor });
        read.map(Some).map_err(|refused| refused.at(|error| error.in_element(at)))
    }

    fn size_hint(&self) -> Option<usize> {
        // Each is a byte at least: no room is made on the word of a header.
        Some((self.len - self.next).min(self.cursor.here().len()))
    }
}

/// The entries of a map, which may be the fields of a struct.
struct Entries<'c, 'a> {
    cursor: &'c mut Cursor<'a>,
    left: usize,
    key: &'a str,
    fields: &'static [&'static str],
}

impl<'a> MapAccess<'a> for Entries<'_, 'a> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Refused> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        self.key = self.cursor.read_key()?;
        seed.deserialize(Key { text: self.key, readable: self.cursor.is_readable() }).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<T::Value, Refused> {
        let (key, fields) = (self.key, self.fields);
        seed.deserialize(Reader { cursor: &mut *self.cursor }).map_err(|refused| {
            refused.at(|error| match fields.iter().find(|field| **field == key) {
                Some(field) => error.in_field(field),
                None => error.in_entry(key),
            })
        })
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left.min(self.cursor.here().len()))
    }
}

/// The key of an entry: text, and types that are written as text.
struct Key<'a> {
    text: &'a str,
    readable: bool,
}

/// Keys of another type than text, which are its text.
macro_rules! parsed_keys {
    ($($deserialize:ident => $visit:ident,)+) => { $(
        fn $deserialize<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refused> {
            match self.text.parse() {
                Ok(key) => visitor.$visit(key),
                Err(_) => visitor.visit_borrowed_str(self.text),
            }
        }
    )+ };
}

impl<'a> Deserializer<'a> for Key<'a> {
    type Error = Refused;

    fn is_human_readable(&self) -> bool {
        self.readable
    }

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_borrowed_str(self.text)
    }

    parsed_keys! {
        deserialize_bool => visit_bool,
        deserialize_i8 => visit_i8,
        deserialize_i16 => visit_i16,
        deserialize_i32 => visit_i32,
        deserialize_i64 => visit_i64,
        deserialize_i128 => visit_i128,
        deserialize_u8 => visit_u8,
        deserialize_u16 => visit_u16,
        deserialize_u32 => visit_u32,
        deserialize_u64 => visit_u64,
        deserialize_u128 => visit_u128,
        deserialize_f32 => visit_f32,
        deserialize_f64 => visit_f64,
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        visitor.visit_enum(BorrowedStrDeserializer::new(self.text))
    }

    forward_to_deserialize_any! {
        <V: Visitor<'a>>
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// A variant with data: a map of its name to that.
struct Variant<'c, 'a> {
    cursor: &'c mut Cursor<'a>,
}

impl<'a, 'c> EnumAccess<'a> for Variant<'c, 'a> {
    type Error = Refused;
    type Variant = Data<'c, 'a>;

    fn variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<(T::Value, Data<'c, 'a>), Refused> {
        let name = self.cursor.read_key()?;
        let variant = seed.deserialize(BorrowedStrDeserializer::<Refused>::new(name))?;
        Ok((variant, Data { value: Reader { cursor: self.cursor }, name }))
    }
}

/// The data of a variant.
struct Data<'c, 'a> {
    value: Reader<'c, 'a>,
    name: &'a str,
}

impl<'a> VariantAccess<'a> for Data<'_, 'a> {
    type Error = Refused;

    fn unit_variant(self) -> Result<(), Refused> {
        if self.value.cursor.read_nil() {
            return Ok(());
        }
        Err(Refused::from(self.value.cursor.wrong_type("null, for the variant has no data").in_entry(self.name)))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<T::Value, Refused> {
        let name = self.name;
        seed.deserialize(self.value).map_err(|refused| refused.at(|error| error.in_entry(name)))
    }

    fn tuple_variant<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, Refused> {
        let name = self.name;
        self.value.list(visitor).map_err(|refused| refused.at(|error| error.in_entry(name)))
    }

    fn struct_variant<V: Visitor<'a>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Refused> {
        let name = self.name;
        self.value.any(visitor).map_err(|refused| refused.at(|error| error.in_entry(name)))
    }
}
