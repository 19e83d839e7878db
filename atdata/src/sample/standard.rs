//! Types of the standard library that the wire has no form of its own for: `char`, `Duration`, tuples.

use std::marker::PhantomData;
use std::time::Duration;

use atdata_schema::FieldType;

use crate::array::ArraySpec;
use crate::error::Result;
use crate::sample::containers::ValueOf;
use crate::sample::encode::{write_list_len, write_str, write_u64};
use crate::sample::{Cursor, DecodeError, PackField};

/// Text of one character.
impl PackField for char {
    const TYPE: FieldType = FieldType::Str;
    type Column = Vec<Self>;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        let text = cursor.read_str()?;
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) => Ok(character),
            _ => Err(DecodeError::NotOneCharacter { found: text.to_owned() }.into()),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_str(self.encode_utf8(&mut [0; 4]), out);
    }
}

/// Whole nanoseconds, as `time.time_ns` counts them and `numpy.timedelta64(…, "ns")` takes them: exact, which seconds as a
/// double are not.
impl PackField for Duration {
    const TYPE: FieldType = FieldType::Int;
    type Column = Vec<Self>;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        cursor.integer_u64("a duration in nanoseconds").map(Self::from_nanos)
    }

    fn write(&self, out: &mut Vec<u8>) {
        // Writers check samples before; see `length` of `encode.rs`.
        write_u64(u64::try_from(self.as_nanos()).unwrap_or(u64::MAX), out);
    }

    fn check(&self, _: ArraySpec) -> Result<()> {
        match u64::try_from(self.as_nanos()) {
            Ok(_) => Ok(()),
            Err(_) => Err(DecodeError::LongDuration { seconds: self.as_secs() }.into()),
        }
    }
}

/// What all parts of a tuple are: of one type where the constant can tell, or else of any.
struct Part<T>(PhantomData<T>);

const fn common(parts: &[FieldType]) -> FieldType {
    let [first, rest @ ..] = parts else { return FieldType::Any };
    let mut rest = rest;
    while let [next, later @ ..] = rest {
        if !is_same(first, next) {
            return FieldType::Any;
        }
        rest = later;
    }
    *first
}

/// Whether two types that are no more than a word, in lists or not, are one.
const fn is_same(one: &FieldType, two: &FieldType) -> bool {
    use FieldType as T;
    match (one, two) {
        (T::Str, T::Str) | (T::Int, T::Int) | (T::Float, T::Float) | (T::Bool, T::Bool) | (T::Bytes, T::Bytes) => true,
        (T::List(one), T::List(two)) | (T::Map(one), T::Map(two)) | (T::Nullable(one), T::Nullable(two)) => {
            is_same(one, two)
        }
        _ => false,
    }
}

macro_rules! tuple {
    ($len:literal: $($part:ident $index:tt)+) => {
        impl<$($part: PackField),+> Part<($($part,)+)> {
            const TYPE: FieldType = common(&[$($part::ELEMENT),+]);
        }

        /// A list with as many values as the tuple has parts.
        #[diagnostic::do_not_recommend]
        impl<$($part: PackField),+> PackField for ($($part,)+)
        where
            $(ValueOf<$part>: Clone,)+
        {
            const TYPE: FieldType = FieldType::List(&Part::<Self>::TYPE);
            const TWO_NULLS: bool = $($part::TWO_NULLS)||+;
            type Column = Vec<Self>;

            fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
                let len = cursor.read_list_len()?;
                if len != $len {
                    return Err(DecodeError::WrongLength { expected: $len, found: len }.into());
                }
                cursor.nested_elements(len, |cursor| {
                    Ok(($($part::read(cursor).map_err(|error| error.in_element($index))?,)+))
                })
            }

            fn write(&self, out: &mut Vec<u8>) {
                write_list_len($len, out);
                $(self.$index.write(out);)+
            }

            fn check(&self, spec: ArraySpec) -> Result<()> {
                let spec = spec.nested($len)?;
                $(self.$index.check(spec).map_err(|error| error.in_element($index))?;)+
                Ok(())
            }
        }
    };
}
tuple!(1: A 0);
tuple!(2: A 0 B 1);
tuple!(3: A 0 B 1 C 2);
tuple!(4: A 0 B 1 C 2 D 3);
tuple!(5: A 0 B 1 C 2 D 3 E 4);
tuple!(6: A 0 B 1 C 2 D 3 E 4 F 5);
tuple!(7: A 0 B 1 C 2 D 3 E 4 F 5 G 6);
tuple!(8: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::error::ErrorKind;

    fn packed<T: PackField>(value: &T) -> Vec<u8> {
        let mut out = Vec::new();
        value.write(&mut out);
        out
    }

    fn read<T: PackField>(bytes: &[u8]) -> Result<T> {
        T::read(&mut Cursor::new(bytes))
    }

    #[test]
    fn a_character_is_a_text_of_one() {
        assert_eq!(packed(&'ü'), packed(&"ü".to_owned()));
        assert_eq!(read::<char>(&packed(&"€".to_owned())).unwrap(), '€');
        for (text, shown) in [("", "\"\""), ("ab", "\"ab\"")] {
            let error = read::<char>(&packed(&text.to_owned())).unwrap_err();
            assert_eq!(error.to_string(), format!("expected text of one character, found {shown}"));
            assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
        }
    }

    #[test]
    fn a_duration_is_whole_nanoseconds() {
        let duration = Duration::new(1, 5);
        assert_eq!(packed(&duration), packed(&1_000_000_005_u64));
        assert_eq!(read::<Duration>(&packed(&duration)).unwrap(), duration);
        let error = read::<Duration>(&packed(&-1_i64)).unwrap_err();
        assert_eq!(error.to_string(), "the value -1 does not fit a duration in nanoseconds");
        let error = read::<Duration>(&packed(&0.5_f64)).unwrap_err();
        assert_eq!(error.to_string(), "expected an integer, found a float");
        assert!(Duration::from_nanos(u64::MAX).check(ArraySpec::ANY).is_ok());
        let error = Duration::from_secs(u64::MAX).check(ArraySpec::ANY).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(
            error.to_string(),
            "a duration of 18446744073709551615 s does not fit the wire, which has 64 bits of nanoseconds: some 584 years"
        );
    }

    #[test]
    fn the_parts_of_a_tuple_are_of_one_type_or_of_any() {
        let of = |of: FieldType| of.to_string();
        assert_eq!(of(<(f32, f64)>::TYPE), "list<float>");
        assert_eq!(of(<(i64, String)>::TYPE), "list<any>");
        assert_eq!(of(<(Option<u8>, Option<i8>, Option<usize>)>::TYPE), "list<int?>");
        assert_eq!(of(<(Option<u8>, i8)>::TYPE), "list<any>");
        assert_eq!(of(<Vec<(String, char)>>::TYPE), "list<list<str>>");
        assert_eq!(of(<((bool, bool), (bool, bool))>::TYPE), "list<list<bool>>");
    }

    #[test]
    fn a_tuple_has_as_many_values_as_parts() {
        let tuple = (7_u8, "seven".to_owned(), Some(0.5_f32));
        assert_eq!(read::<(u8, String, Option<f32>)>(&packed(&tuple)).unwrap(), tuple);
        let error = read::<(u8, u8)>(&packed(&vec![1_i64, 2, 3])).unwrap_err();
        assert_eq!(error.to_string(), "expected a list of 2 values, found 3");
        let error = read::<(u8, u8)>(&packed(&vec![1_i64, 300])).unwrap_err();
        assert_eq!(error.to_string(), "[1]: the value 300 does not fit u8");
    }
}
