//! Whether one type serves where another is: the answer for a pair of heads.

use super::arrays::ArrayParts;
use super::parts::{RefParts, SampleParts, TypeParts as T};
use super::purpose::{Purpose, Verdict};
use super::texts::Texts;
use crate::same::same_text;

/// How `second` stands to `first`, insides apart.
pub const fn heads(first: &T<'_>, second: &T<'_>, purpose: Purpose) -> Verdict {
    match (first, second) {
        (T::Str, T::Str)
        | (T::Int, T::Int)
        | (T::Float, T::Float)
        | (T::Bool, T::Bool)
        | (T::Bytes, T::Bytes)
        | (T::Sparse, T::Sparse)
        | (T::ArrowTensor, T::ArrowTensor)
        | (T::Safetensors, T::Safetensors)
        | (T::DataFrame, T::DataFrame)
        | (T::Any, T::Any) => Verdict::Same,
        (T::List, T::List) | (T::Map, T::Map) | (T::Nullable, T::Nullable) => Verdict::Inside,
        (T::Enum(first), T::Enum(second)) => enums(*first, *second, purpose),
        (T::Array(first), T::Array(second)) => purpose.array(first.relation(second)),
        (T::Structured(first), T::Structured(second)) => structured(first, second, purpose),
        (T::Sample(first), T::Sample(second)) => samples(first, second, purpose),
        (T::Ref(first), T::Ref(second)) => references(first, second),
        (T::Ref(reference), T::Sample(sample)) | (T::Sample(sample), T::Ref(reference)) => named(reference, sample),
        _ => match purpose {
            Purpose::Record { .. } => of_record(first, second, purpose),
            Purpose::View => Verdict::Misfit,
            Purpose::Successor | Purpose::Migration => evolved(first, second, purpose),
            Purpose::Conversion => converted(first, second),
            Purpose::Value => held(first, second),
        },
    }
}

const fn enums(first: Texts<'_>, second: Texts<'_>, purpose: Purpose) -> Verdict {
    match purpose {
        // In Rust each enum is a type of its own.
        Purpose::Conversion => Verdict::Inside,
        _ if first.are_listed_in(second) => Verdict::Same,
        _ if first.are_those_of(second) => purpose.values(false, false),
        Purpose::Record { .. } | Purpose::View => Verdict::Misfit,
        _ => Verdict::Inside,
    }
}

/// Elements that are records are not cast, and in Rust all such arrays are of one type.
const fn structured(first: &ArrayParts<'_>, second: &ArrayParts<'_>, purpose: Purpose) -> Verdict {
    match (purpose, first.relation(second)) {
        (Purpose::Conversion, _) => Verdict::Same,
        (_, relation) => purpose.array(relation.uncast()),
    }
}

const fn samples(first: &SampleParts<'_>, second: &SampleParts<'_>, purpose: Purpose) -> Verdict {
    match purpose {
        // Struct and record are one type.
        Purpose::Record { .. } if differ(first.name, second.name) || differ(first.version, second.version) => {
            Verdict::Misfit
        }
        // Any two types may have the same fields.
        Purpose::Record { .. } | Purpose::View | Purpose::Conversion => Verdict::Inside,
        _ => match (first.is_untyped, second.is_untyped) {
            (false, true) => Verdict::Fits,
            (true, false) => Verdict::Misfit,
            (false, false) | (true, true) => Verdict::Inside,
        },
    }
}

/// A reference to a type further out is that type in both; any other is only the same as itself.
const fn references(first: &RefParts<'_>, second: &RefParts<'_>) -> Verdict {
    let is_same = match (first, second) {
        (RefParts::Outer(first), RefParts::Outer(second)) => *first == *second,
        (
            RefParts::Named { authority, name, version },
            RefParts::Named { authority: other_authority, name: other_name, version: other_version },
        ) => same(*authority, *other_authority) && same_text(name, other_name) && same(*version, *other_version),
        (
            RefParts::Record { authority, collection, key },
            RefParts::Record { authority: other_authority, collection: other_collection, key: other_key },
        ) => {
            same_text(authority, other_authority)
                && same_text(collection, other_collection)
                && same_text(key, other_key)
        }
        _ => false,
    };
    if is_same { Verdict::Same } else { Verdict::Misfit }
}

/// The fields of a sample in place, and its name and version alone: one type, as a version is published once.
const fn named(reference: &RefParts<'_>, sample: &SampleParts<'_>) -> Verdict {
    match reference {
        RefParts::Named { name, version: Some(version), .. }
            if same(Some(*name), sample.name) && same(Some(*version), sample.version) && !sample.is_untyped =>
        {
            Verdict::Noted
        }
        _ => Verdict::Misfit,
    }
}

const fn of_record(first: &T<'_>, second: &T<'_>, purpose: Purpose) -> Verdict {
    match (first, second) {
        // A field may be narrower than a record that says nothing of it, and bytes are bytes, whatever they mean.
        (T::Any, _) | (T::Structured(_) | T::Sparse | T::ArrowTensor | T::Safetensors | T::DataFrame, T::Bytes) => {
            Verdict::Fits
        }
        // An array of any dtype may have records for elements.
        (T::Structured(first), T::Array(second)) if second.dtype.is_none() => purpose.array(first.relation(second)),
        _ => Verdict::Misfit,
    }
}

const fn evolved(first: &T<'_>, second: &T<'_>, purpose: Purpose) -> Verdict {
    match (first, second) {
        // Readers of floats take integers; a sample that is written has floats.
        (T::Int, T::Float) if matches!(purpose, Purpose::Migration) => Verdict::Converts,
        (_, T::Any) | (T::Enum(_), T::Str) | (T::Int, T::Float) => Verdict::Fits,
        (T::Nullable, _) => Verdict::NotNull,
        (T::Any, T::Nullable) => Verdict::Misfit,
        (_, T::Nullable) => Verdict::MayBeNull,
        _ => Verdict::Misfit,
    }
}

const fn converted(first: &T<'_>, second: &T<'_>) -> Verdict {
    match (first, second) {
        // What is in place of null decides.
        (T::Nullable, T::Any) | (T::Enum(_), T::Str) => Verdict::Inside,
        (T::Int | T::Float | T::Bool | T::Str | T::Bytes | T::Array(_), T::Any) | (T::Int, T::Float) => {
            Verdict::Converts
        }
        (_, T::Nullable) => Verdict::MayBeNull,
        (T::Nullable, _) => Verdict::NotNull,
        _ => Verdict::Misfit,
    }
}

/// Values are of the types that the wire has: what bytes, texts and maps mean more, they tell themselves.
const fn held(first: &T<'_>, second: &T<'_>) -> Verdict {
    match (first, second) {
        (_, T::Any)
        | (T::Null, T::Nullable)
        | (T::Int, T::Float)
        | (T::Bytes, T::Sparse | T::ArrowTensor | T::Safetensors | T::DataFrame) => Verdict::Fits,
        (T::Map, T::Sample(sample)) if sample.is_untyped => Verdict::Fits,
        (T::Str, T::Enum(_)) | (T::Bytes, T::Array(_) | T::Structured(_)) | (T::Map, T::Sample(_) | T::Ref(_)) => {
            Verdict::Inside
        }
        (_, T::Nullable) => Verdict::MayBeNull,
        _ => Verdict::Misfit,
    }
}

/// Whether both say something, and not the same.
const fn differ(first: Option<&str>, second: Option<&str>) -> bool {
    matches!((first, second), (Some(first), Some(second)) if !same_text(first, second))
}

const fn same(first: Option<&str>, second: Option<&str>) -> bool {
    match (first, second) {
        (Some(first), Some(second)) => same_text(first, second),
        (None, None) => true,
        _ => false,
    }
}
