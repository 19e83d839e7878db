//! The table of verdicts: what each use says of each pair.

use super::Presence::{Absent, There};
use super::TypeParts as T;
use super::Verdict::{Converts, Fits, Inside, MayBeNull, Misfit, NotNull, Noted, Same};
use super::*;
use crate::Dtype;

const ANY: ArrayParts<'_> = ArrayParts { dtype: None, ndim: None, shape: None, dims: None };
const U8: ArrayParts<'_> = ArrayParts { dtype: Some(Dtype::UInt8), ..ANY };
const F32: ArrayParts<'_> = ArrayParts { dtype: Some(Dtype::Float32), ..ANY };
const RANK_2: ArrayParts<'_> = ArrayParts { ndim: Some(2), ..U8 };
const RANK_3: ArrayParts<'_> = ArrayParts { ndim: Some(3), ..U8 };
const WIDE: ArrayParts<'_> = ArrayParts { ndim: Some(2), shape: Some(&[None, Some(3)]), ..U8 };
const TALL: ArrayParts<'_> = ArrayParts { ndim: Some(2), shape: Some(&[Some(2), None]), ..U8 };
const FIXED: ArrayParts<'_> = ArrayParts { ndim: Some(2), shape: Some(&[Some(2), Some(3)]), ..U8 };
const OPEN: ArrayParts<'_> = ArrayParts { ndim: Some(2), shape: Some(&[None, None]), ..U8 };
const YX: ArrayParts<'_> = ArrayParts { dims: Some(Texts::Constant(&["y", "x"])), ..RANK_2 };
const XY: ArrayParts<'_> = ArrayParts { dims: Some(Texts::Constant(&["x", "y"])), ..RANK_2 };

const ENUM: T<'_> = T::Enum(Texts::Constant(&["train", "test"]));
const TURNED: T<'_> = T::Enum(Texts::Constant(&["test", "train"]));
const MORE: T<'_> = T::Enum(Texts::Constant(&["train", "test", "dev"]));

const POINT: SampleParts<'_> = SampleParts { name: Some("Point"), version: Some("1.0.0"), is_untyped: false };
const POINT_2: SampleParts<'_> = SampleParts { version: Some("2.0.0"), ..POINT };
const PIXEL: SampleParts<'_> = SampleParts { name: Some("Pixel"), ..POINT };
/// As records have it whose fields are in place, and those at an address that tells no name.
const NAMED: SampleParts<'_> = SampleParts { version: None, ..POINT };
const UNKNOWN: SampleParts<'_> = SampleParts { name: None, ..NAMED };
const UNTYPED: SampleParts<'_> = SampleParts { name: Some("DictSample"), is_untyped: true, ..POINT };

const TO_POINT: T<'_> = T::Ref(RefParts::Named { authority: None, name: "Point", version: Some("1.0.0") });
const TO_POINT_2: T<'_> = T::Ref(RefParts::Named { authority: None, name: "Point", version: Some("2.0.0") });
const TO_LATEST: T<'_> = T::Ref(RefParts::Named { authority: Some("a.example"), name: "Point", version: None });
const TO_RECORD: T<'_> = T::Ref(RefParts::Record { authority: "did:plc:a", collection: "schema", key: "1" });

const RECORD: Purpose = Purpose::Record { cast: false, partial: false };
const CAST: Purpose = Purpose::Record { cast: true, partial: false };
const PARTIAL: Purpose = Purpose::Record { cast: false, partial: true };

fn check<const N: usize>(purposes: [Purpose; N], table: &[(T<'_>, T<'_>, [Verdict; N])]) {
    for (first, second, expected) in table {
        let found = purposes.map(|purpose| heads(first, second, purpose));
        assert_eq!(found, *expected, "{first:?} -> {second:?}, for {purposes:?}");
    }
}

#[test]
fn every_use_has_its_verdict_of_arrays() {
    let of = |first, second, verdicts| (T::Array(first), T::Array(second), verdicts);
    check(
        [RECORD, CAST, Purpose::View, Purpose::Successor, Purpose::Migration, Purpose::Conversion],
        &[
            of(U8, U8, [Same, Same, Same, Same, Same, Same]),
            // In Rust, an array of any dtype is another type.
            of(U8, ANY, [Fits, Fits, Fits, Fits, Fits, Converts]),
            // What a record says nothing of it allows: Python's records have no shapes, and often no dtypes.
            of(ANY, U8, [Fits, Fits, Misfit, Misfit, Misfit, Misfit]),
            of(U8, RANK_2, [Fits, Fits, Misfit, Misfit, Misfit, Misfit]),
            of(U8, FIXED, [Fits, Fits, Misfit, Misfit, Misfit, Misfit]),
            // Readers take no dtype but theirs; a field may say that it casts, and new samples are written anew.
            of(U8, F32, [Misfit, Fits, Misfit, Misfit, Converts, Converts]),
            of(F32, U8, [Misfit, Fits, Misfit, Misfit, Misfit, Misfit]),
            of(RANK_2, U8, [Fits, Fits, Fits, Fits, Fits, Converts]),
            of(RANK_2, RANK_3, [Misfit, Misfit, Misfit, Misfit, Misfit, Misfit]),
            of(RANK_2, OPEN, [Same, Same, Same, Same, Same, Same]),
            of(OPEN, RANK_2, [Same, Same, Same, Same, Same, Same]),
            // What a record does say is all of it: half a shape is no word on the other half.
            of(RANK_2, WIDE, [Misfit, Misfit, Misfit, Misfit, Misfit, Misfit]),
            of(WIDE, FIXED, [Misfit, Misfit, Misfit, Misfit, Misfit, Misfit]),
            of(WIDE, TALL, [Misfit, Misfit, Misfit, Misfit, Misfit, Misfit]),
            of(WIDE, RANK_2, [Fits, Fits, Fits, Fits, Fits, Converts]),
            of(FIXED, WIDE, [Fits, Fits, Fits, Fits, Fits, Converts]),
            of(RANK_2, YX, [Noted, Noted, Noted, Noted, Noted, Noted]),
            of(YX, RANK_2, [Noted, Noted, Noted, Noted, Noted, Noted]),
            of(YX, XY, [Misfit, Misfit, Misfit, Misfit, Misfit, Misfit]),
        ],
    );
    let of = |first, second, verdicts| (T::Structured(first), T::Structured(second), verdicts);
    check(
        [RECORD, CAST, Purpose::View, Purpose::Successor, Purpose::Migration, Purpose::Conversion],
        &[
            // In Rust, all structured arrays are of one type.
            of(U8, U8, [Same, Same, Same, Same, Same, Same]),
            of(U8, ANY, [Fits, Fits, Fits, Fits, Fits, Same]),
            of(RANK_2, RANK_3, [Misfit, Misfit, Misfit, Misfit, Misfit, Same]),
            // Records are not cast.
            of(U8, F32, [Misfit, Fits, Misfit, Misfit, Misfit, Same]),
        ],
    );
}

#[test]
fn every_use_has_its_verdict_of_types() {
    let of = |first, second, verdicts| (T::Sample(first), T::Sample(second), verdicts);
    check(
        [RECORD, Purpose::View, Purpose::Successor, Purpose::Migration, Purpose::Conversion],
        &[
            (T::Str, T::Str, [Same, Same, Same, Same, Same]),
            (T::Any, T::Any, [Same, Same, Same, Same, Same]),
            (T::DataFrame, T::DataFrame, [Same, Same, Same, Same, Same]),
            (T::Str, T::Int, [Misfit, Misfit, Misfit, Misfit, Misfit]),
            (T::List, T::List, [Inside, Inside, Inside, Inside, Inside]),
            (T::Map, T::Map, [Inside, Inside, Inside, Inside, Inside]),
            (T::List, T::Map, [Misfit, Misfit, Misfit, Misfit, Misfit]),
            (T::Nullable, T::Nullable, [Inside, Inside, Inside, Inside, Inside]),
            // A struct and a view have null where their records and sources have it.
            (T::Str, T::Nullable, [Misfit, Misfit, MayBeNull, MayBeNull, MayBeNull]),
            (T::Nullable, T::Str, [Misfit, Misfit, NotNull, NotNull, NotNull]),
            (T::Any, T::Nullable, [Fits, Misfit, Misfit, Misfit, MayBeNull]),
            // In Rust, there is a function for what becomes untyped, or there is none.
            (T::Nullable, T::Any, [Misfit, Misfit, Fits, Fits, Inside]),
            (T::Str, T::Any, [Misfit, Misfit, Fits, Fits, Converts]),
            (T::Array(U8), T::Any, [Misfit, Misfit, Fits, Fits, Converts]),
            (T::Sparse, T::Any, [Misfit, Misfit, Fits, Fits, Misfit]),
            (T::List, T::Any, [Misfit, Misfit, Fits, Fits, Misfit]),
            (T::Sample(POINT), T::Any, [Misfit, Misfit, Fits, Fits, Misfit]),
            // A field may be narrower than a record that says nothing of it.
            (T::Any, T::Str, [Fits, Misfit, Misfit, Misfit, Misfit]),
            // Readers of floats take integers. A struct is what its record says, and a view what its source is, so neither does.
            (T::Int, T::Float, [Misfit, Misfit, Fits, Converts, Converts]),
            (T::Float, T::Int, [Misfit, Misfit, Misfit, Misfit, Misfit]),
            // Old labels are texts; in Rust, the values say which.
            (ENUM, T::Str, [Misfit, Misfit, Fits, Fits, Inside]),
            (T::Str, ENUM, [Misfit, Misfit, Misfit, Misfit, Misfit]),
            (ENUM, ENUM, [Same, Same, Same, Same, Inside]),
            (ENUM, TURNED, [Noted, Noted, Noted, Noted, Inside]),
            // Inside: which ones came and went, see below.
            (ENUM, MORE, [Misfit, Misfit, Inside, Inside, Inside]),
            (MORE, ENUM, [Misfit, Misfit, Inside, Inside, Inside]),
            // A struct may hold what its record knows better as the bytes that it is.
            (T::Sparse, T::Bytes, [Fits, Misfit, Misfit, Misfit, Misfit]),
            (T::ArrowTensor, T::Bytes, [Fits, Misfit, Misfit, Misfit, Misfit]),
            (T::Safetensors, T::Bytes, [Fits, Misfit, Misfit, Misfit, Misfit]),
            (T::DataFrame, T::Bytes, [Fits, Misfit, Misfit, Misfit, Misfit]),
            (T::Structured(ANY), T::Bytes, [Fits, Misfit, Misfit, Misfit, Misfit]),
            (T::Array(U8), T::Bytes, [Misfit, Misfit, Misfit, Misfit, Misfit]),
            (T::Bytes, T::Sparse, [Misfit, Misfit, Misfit, Misfit, Misfit]),
            // An array of any dtype may have records for elements.
            (T::Structured(ANY), T::Array(ANY), [Same, Misfit, Misfit, Misfit, Misfit]),
            (T::Structured(ANY), T::Array(U8), [Misfit, Misfit, Misfit, Misfit, Misfit]),
            (T::Array(ANY), T::Structured(ANY), [Misfit, Misfit, Misfit, Misfit, Misfit]),
            of(POINT, POINT, [Inside, Inside, Inside, Inside, Inside]),
            // A struct and its record are one type and version; elsewhere the fields decide.
            of(POINT, PIXEL, [Misfit, Inside, Inside, Inside, Inside]),
            of(POINT, POINT_2, [Misfit, Inside, Inside, Inside, Inside]),
            of(NAMED, POINT_2, [Inside, Inside, Inside, Inside, Inside]),
            of(UNKNOWN, POINT, [Inside, Inside, Inside, Inside, Inside]),
        ],
    );
}

/// Records and static types have no references, and cannot tell whether a sample has fields.
#[test]
fn schemas_know_references_and_untyped_samples() {
    check(
        [Purpose::Successor, Purpose::Migration],
        &[
            (T::Sample(POINT), T::Sample(UNTYPED), [Fits, Fits]),
            (T::Sample(UNTYPED), T::Sample(POINT), [Misfit, Misfit]),
            (T::Sample(UNTYPED), T::Sample(UNTYPED), [Inside, Inside]),
            (T::Ref(RefParts::Outer(1)), T::Ref(RefParts::Outer(1)), [Same, Same]),
            (T::Ref(RefParts::Outer(1)), T::Ref(RefParts::Outer(0)), [Misfit, Misfit]),
            (T::Ref(RefParts::Outer(0)), TO_POINT, [Misfit, Misfit]),
            (TO_POINT, TO_POINT, [Same, Same]),
            (TO_POINT, TO_POINT_2, [Misfit, Misfit]),
            (TO_POINT, TO_LATEST, [Misfit, Misfit]),
            (TO_RECORD, TO_RECORD, [Same, Same]),
            (TO_RECORD, TO_POINT, [Misfit, Misfit]),
            (TO_POINT, T::Any, [Fits, Fits]),
            // By name and version, as a struct is held against a record with a reference.
            (TO_POINT, T::Sample(POINT), [Noted, Noted]),
            (T::Sample(POINT), TO_POINT, [Noted, Noted]),
            (T::Sample(POINT), TO_POINT_2, [Misfit, Misfit]),
            (T::Sample(PIXEL), TO_POINT, [Misfit, Misfit]),
            // It cannot be told what they are.
            (T::Sample(POINT), TO_LATEST, [Misfit, Misfit]),
            (T::Sample(POINT), TO_RECORD, [Misfit, Misfit]),
            (T::Sample(POINT), T::Ref(RefParts::Outer(0)), [Misfit, Misfit]),
        ],
    );
}

/// What is on the wire, and what it is said to be.
#[test]
fn values_have_their_verdict() {
    check(
        [Purpose::Value],
        &[
            (T::Null, T::Nullable, [Fits]),
            (T::Null, T::Any, [Fits]),
            (T::Null, T::Str, [Misfit]),
            (T::Str, T::Nullable, [MayBeNull]),
            (T::Str, T::Str, [Same]),
            (T::Str, ENUM, [Inside]),
            (T::Str, T::Any, [Fits]),
            (T::Int, T::Float, [Fits]),
            (T::Float, T::Int, [Misfit]),
            (T::Bytes, T::Bytes, [Same]),
            (T::Bytes, T::Sparse, [Fits]),
            (T::Bytes, T::DataFrame, [Fits]),
            (T::Bytes, T::Array(U8), [Inside]),
            (T::Bytes, T::Structured(ANY), [Inside]),
            (T::Bytes, T::Str, [Misfit]),
            (T::List, T::List, [Inside]),
            (T::List, T::Array(ANY), [Misfit]),
            (T::Map, T::Map, [Inside]),
            (T::Map, T::Sample(POINT), [Inside]),
            (T::Map, T::Sample(UNTYPED), [Fits]),
            (T::Map, TO_POINT, [Inside]),
            (T::List, T::Sample(POINT), [Misfit]),
            // The header of an array has all of its shape, and no names.
            (T::Array(FIXED), T::Array(ANY), [Fits]),
            (T::Array(FIXED), T::Array(WIDE), [Fits]),
            (T::Array(FIXED), T::Array(YX), [Fits]),
            (T::Array(FIXED), T::Array(F32), [Misfit]),
            (T::Array(ANY), T::Array(U8), [Misfit]),
        ],
    );
}

#[test]
fn every_use_has_its_verdict_of_values_that_came_and_went() {
    let purposes =
        [RECORD, Purpose::View, Purpose::Successor, Purpose::Migration, Purpose::Conversion].map(|purpose| {
            [(false, false), (false, true), (true, false), (true, true)]
                .map(|(lost, gained)| purpose.values(lost, gained))
        });
    assert_eq!(
        purposes,
        [
            [Noted, Misfit, Misfit, Misfit],
            [Noted, Misfit, Misfit, Misfit],
            [Noted, Fits, Misfit, Misfit],
            [Noted, Fits, Misfit, Misfit],
            [Noted, Fits, Misfit, Misfit],
        ]
    );
}

const PLAIN: Presence = There { optional: false, has_default: false, takes_any: false };
const OPTIONAL: Presence = There { optional: true, has_default: false, takes_any: false };
const DEFAULT: Presence = There { optional: false, has_default: true, takes_any: false };
const OPTIONAL_DEFAULT: Presence = There { optional: true, has_default: true, takes_any: false };
const ANYTHING: Presence = There { optional: false, has_default: false, takes_any: true };
const MAYBE_ANYTHING: Presence = There { optional: true, has_default: false, takes_any: true };

/// Each pair of fields, and whether one may be there without the other.
#[test]
fn every_use_has_its_verdict_of_fields_on_one_side() {
    let purposes =
        [RECORD, PARTIAL, Purpose::View, Purpose::Successor, Purpose::Migration, Purpose::Conversion, Purpose::Value];
    let table = [
        // A view shows less, a struct may be said to hold less, and a plan drops what the new type does not have. Readers do
        // not take what they do not know.
        (PLAIN, Absent, [Misfit, Fits, Fits, Misfit, Fits, Fits, Misfit]),
        (OPTIONAL, Absent, [Misfit, Fits, Fits, Misfit, Fits, Fits, Misfit]),
        // A struct has no more than its record, a view no more than its source: not even if it could do without.
        (Absent, PLAIN, [Misfit, Misfit, Misfit, Misfit, Misfit, Misfit, Misfit]),
        (Absent, OPTIONAL, [Misfit, Misfit, Misfit, Fits, Fits, Fits, Fits]),
        (Absent, DEFAULT, [Misfit, Misfit, Misfit, Fits, Fits, Fits, Fits]),
        // Generated fields of any value are no options.
        (Absent, ANYTHING, [Misfit, Misfit, Misfit, Misfit, Misfit, Fits, Misfit]),
    ];
    for (first, second, expected) in table {
        let found = purposes.map(|purpose| fields(first, second, purpose).there);
        assert_eq!(found, expected, "{first:?} -> {second:?}, for {purposes:?}");
    }
}

/// Each pair of fields, and what is said of null and of what is left out.
#[test]
fn every_use_has_its_verdict_of_fields_on_both_sides() {
    let purposes = [RECORD, Purpose::View, Purpose::Successor, Purpose::Migration];
    let table = [
        (PLAIN, PLAIN, [(Same, Same), (Same, Same), (Same, Same), (Same, Same)]),
        // A struct and a view have null where their records and sources have it.
        (PLAIN, OPTIONAL, [(Misfit, Same), (Misfit, Same), (Fits, Same), (Fits, Same)]),
        (OPTIONAL, PLAIN, [(Misfit, Same), (Misfit, Same), (NotNull, Same), (NotNull, Same)]),
        // What takes any value takes null; views are held to what their sources promise.
        (MAYBE_ANYTHING, ANYTHING, [(Fits, Same), (Misfit, Same), (NotNull, Same), (NotNull, Same)]),
        // A default is the reader's own.
        (PLAIN, DEFAULT, [(Same, Noted), (Same, Noted), (Same, Fits), (Same, Fits)]),
        (DEFAULT, PLAIN, [(Same, Noted), (Same, Noted), (Same, Misfit), (Same, Misfit)]),
        (DEFAULT, DEFAULT, [(Same, Same), (Same, Same), (Same, Same), (Same, Same)]),
        // New readers take null for what was the default; a plan would lose the value.
        (DEFAULT, OPTIONAL, [(Misfit, Noted), (Misfit, Noted), (Fits, Fits), (Fits, Misfit)]),
        (OPTIONAL, OPTIONAL_DEFAULT, [(Same, Noted), (Same, Noted), (Same, Fits), (Same, Fits)]),
    ];
    for (first, second, expected) in table {
        let found = purposes.map(|purpose| fields(first, second, purpose)).map(|of| (of.null, of.default));
        assert_eq!(found, expected, "{first:?} -> {second:?}, for {purposes:?}");
    }
}

/// Constants and records say the same of a type.
#[cfg(feature = "records")]
#[test]
fn both_forms_of_a_type_have_one_head() {
    use crate::{ArrayType, FieldType, OwnedFieldType};

    let array = ArrayType { dims: Some(&["y", "x"]), ..ArrayType::new(Some(Dtype::UInt8), Some(2)) };
    let types = [
        FieldType::Str,
        FieldType::Enum(&["train", "test"]),
        FieldType::Int,
        FieldType::Float,
        FieldType::Bool,
        FieldType::Bytes,
        FieldType::Array(array),
        FieldType::Structured(array),
        FieldType::Sparse,
        FieldType::ArrowTensor,
        FieldType::Safetensors,
        FieldType::DataFrame,
        FieldType::List(&FieldType::Str),
        FieldType::Map(&FieldType::Str),
        FieldType::Nullable(&FieldType::Str),
        FieldType::Any,
    ];
    for (index, first) in types.iter().enumerate() {
        for (other, second) in types.iter().enumerate() {
            let owned = OwnedFieldType::from(second);
            let verdict = heads(&first.parts(), &owned.parts(&[]), Purpose::View);
            assert_eq!(verdict, heads(&first.parts(), &second.parts(), Purpose::View), "{first} -> {second}");
            assert_eq!(matches!(verdict, Same | Inside), index == other, "{first} -> {second}");
        }
    }
}
