//! Predicates against the type of the samples: which fields there are, and what can be asked of them.

use std::fmt;

use atdata_schema::{FieldType, Schema};
#[cfg(feature = "records")]
use atdata_schema::{OwnedFieldType, OwnedSchema};

use super::known::{Known, Values};
use super::literal::{Found, Literal, Op};
use super::predicate::{Check, Path};
use crate::error::Printable;
use crate::near::near;
#[cfg(feature = "manifest")]
use crate::sample::Value;
use crate::sample::{DictSample, Packable};

/// Names that are told apart in a path; a longer one leads nowhere.
pub(super) const MAX_NAMES: usize = 64;

/// Whether it is the schema of samples without a type, which may have any fields.
pub(super) fn is_untyped(schema: &Schema) -> bool {
    schema == DictSample::SCHEMA
}

/// What a field of a type holds on the wire.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    kind: Kind,
    optional: bool,
    /// The depths of its path at which a name may be missing: those of maps.
    may_lack: u64,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Any,
    Bool,
    Int,
    Float,
    Text,
    /// Text of an enum: of other labels the type has its own opinion.
    Labels(Labels),
    List,
    /// A list of such.
    ListOfLabels(Labels),
    Other,
}

/// What a field holds on the wire, as far as manifests tell it apart.
#[cfg(feature = "manifest")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// It is not known, or may be any.
    Any,
    Bool,
    Number {
        is_float: bool,
    },
    Text,
    List,
    /// What no manifest has.
    Other,
}

/// Those that an enum knows.
type Labels = &'static [&'static str];

impl Expected {
    /// Of a path that is none of the type nothing is expected: whoever asks says what is wrong.
    pub(super) fn of(schema: &'static Schema, path: &Path) -> Self {
        let anything = Self { kind: Kind::Any, optional: true, may_lack: u64::MAX };
        find(Fields::Typed(schema), path).map_or(anything, |field| {
            let kind = match field.of.shape() {
                Shape::Any => Kind::Any,
                Shape::Bool => Kind::Bool,
                Shape::Int => Kind::Int,
                Shape::Float => Kind::Float,
                Shape::Text => Kind::Text,
                Shape::Labels(_) => labels(field.of).map_or(Kind::Text, Kind::Labels),
                Shape::List(of) => labels(of.present().0).map_or(Kind::List, Kind::ListOfLabels),
                _ => Kind::Other,
            };
            Self { kind, optional: field.optional, may_lack: field.may_lack }
        })
    }

    /// Whether the value is one of the type, as which it is then taken: a whole number in a field of floats is a float.
    #[expect(clippy::cast_precision_loss, reason = "so is the field read")]
    pub(super) fn fits(&self, found: &mut Found<'_>) -> bool {
        match (self.kind, &*found) {
            (_, Found::Missing(at)) => {
                at.is_some_and(|at| self.may_lack & 1_u64.checked_shl(depth(at)).unwrap_or(0) != 0)
            }
            (_, Found::Null) => self.optional || matches!(self.kind, Kind::Any),
            (Kind::Float, Found::Int(value)) => {
                *found = Found::Float(*value as f64);
                true
            }
            (Kind::Bool, Found::Bool(_))
            | (Kind::Int, Found::Int(_))
            | (Kind::Float, Found::Float(_))
            | (Kind::Text, Found::Text(_))
            | (Kind::List | Kind::ListOfLabels(_), Found::List(_)) => true,
            (Kind::Labels(labels), Found::Text(text)) => labels.contains(text),
            // What it is nothing asks, or is not known.
            (kind, _) => matches!(kind, Kind::Any | Kind::Other),
        }
    }

    /// Whether an enum knows all labels of the rows.
    pub(super) fn knows_labels(&self, known: &Known<'_>) -> bool {
        let all_in = |labels: Labels, texts: &[String]| texts.iter().all(|text| labels.contains(&text.as_str()));
        match (self.kind, known.values) {
            (Kind::Labels(labels), Values::Texts(texts)) | (Kind::ListOfLabels(labels), Values::Listed(texts)) => {
                all_in(labels, texts)
            }
            _ => true,
        }
    }

    /// The labels that the values of a list have to be, where it is one of an enum.
    pub(super) fn labels_in_list(&self) -> Option<Labels> {
        match self.kind {
            Kind::ListOfLabels(labels) => Some(labels),
            _ => None,
        }
    }
}

#[cfg(feature = "manifest")]
impl Expected {
    pub(super) fn wire(&self) -> Wire {
        match self.kind {
            Kind::Any => Wire::Any,
            Kind::Bool => Wire::Bool,
            Kind::Int => Wire::Number { is_float: false },
            Kind::Float => Wire::Number { is_float: true },
            Kind::Text | Kind::Labels(_) => Wire::Text,
            Kind::List | Kind::ListOfLabels(_) => Wire::List,
            Kind::Other => Wire::Other,
        }
    }

    /// Whether a value that is not null is one of the type, which reads it as it is.
    pub(super) fn fits_value(&self, value: &Value) -> bool {
        match (self.kind, value) {
            (_, Value::Nil) | (Kind::Other, _) => false,
            (Kind::Any, _)
            | (Kind::Bool, Value::Bool(_))
            | (Kind::Int, Value::Int(_) | Value::UInt(_))
            | (Kind::Float, Value::Float(_) | Value::Int(_) | Value::UInt(_))
            | (Kind::Text, Value::Str(_))
            | (Kind::List, Value::List(_)) => true,
            // Whole numbers among nulls are doubles in columns.
            (Kind::Int, Value::Float(number)) => number.fract() == 0.0,
            (Kind::Labels(labels), Value::Str(text)) => labels.contains(&text.as_str()),
            (Kind::ListOfLabels(labels), Value::List(items)) => {
                items.iter().all(|item| item.as_str().is_some_and(|text| labels.contains(&text)))
            }
            _ => false,
        }
    }
}

fn labels(of: TypeOf<'static>) -> Option<Labels> {
    let TypeOf::Typed(FieldType::Enum(labels)) = of else { return None };
    Some(labels)
}

/// How a type reads what is known of rows.
pub(super) struct Reads(Option<&'static Schema>);

impl Reads {
    pub(super) fn of(schema: &'static Schema) -> Self {
        Self((!is_untyped(schema)).then_some(schema))
    }

    /// Whether all values of a field are what the rows hold. Of what is missing there may be a default, or another name; and
    /// other labels than those of an enum may be read as one of them.
    pub(super) fn as_they_are(&self, path: &Path, known: &Known<'_>) -> bool {
        let Some(schema) = self.0 else { return true };
        !known.may_be_null && Expected::of(schema, path).knows_labels(known)
    }
}

fn depth(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A schema: of a type, or as it was read.
#[derive(Clone, Copy)]
pub(super) enum Fields<'s> {
    Typed(&'s Schema),
    #[cfg(feature = "records")]
    Owned(&'s OwnedSchema),
}

/// The type of a field in it.
#[derive(Clone, Copy)]
enum TypeOf<'s> {
    Typed(&'s FieldType),
    #[cfg(feature = "records")]
    Owned(&'s OwnedFieldType),
}

/// What a type says, as far as predicates ask.
enum Shape<'s> {
    Any,
    Bool,
    Int,
    Float,
    Text,
    Labels(Vec<&'s str>),
    List(TypeOf<'s>),
    Map(TypeOf<'s>),
    Nullable(TypeOf<'s>),
    Sample(Fields<'s>),
    Other,
}

impl<'s> Fields<'s> {
    fn is_untyped(self) -> bool {
        match self {
            Self::Typed(schema) => is_untyped(schema),
            #[cfg(feature = "records")]
            Self::Owned(_) => false,
        }
    }

    fn name(self) -> &'s str {
        match self {
            Self::Typed(schema) => schema.name,
            #[cfg(feature = "records")]
            Self::Owned(schema) => &schema.name,
        }
    }

    fn field(self, name: &str) -> Option<(TypeOf<'s>, bool)> {
        match self {
            Self::Typed(schema) => schema.field(name).map(|field| (TypeOf::Typed(&field.field_type), field.optional)),
            #[cfg(feature = "records")]
            Self::Owned(schema) => schema.field(name).map(|field| (TypeOf::Owned(&field.field_type), field.optional)),
        }
    }

    /// The end of an error about a field that it does not have.
    fn near(self, name: &str) -> String {
        match self {
            Self::Typed(schema) => near(name, schema.fields.iter().map(|field| field.name)),
            #[cfg(feature = "records")]
            Self::Owned(schema) => near(name, schema.fields.iter().map(|field| &*field.name)),
        }
    }
}

impl<'s> TypeOf<'s> {
    fn shape(self) -> Shape<'s> {
        match self {
            Self::Typed(of) => match of {
                FieldType::Any => Shape::Any,
                FieldType::Bool => Shape::Bool,
                FieldType::Int => Shape::Int,
                FieldType::Float => Shape::Float,
                FieldType::Str => Shape::Text,
                FieldType::Enum(labels) => Shape::Labels(labels.to_vec()),
                FieldType::List(inner) => Shape::List(Self::Typed(inner)),
                FieldType::Map(inner) => Shape::Map(Self::Typed(inner)),
                FieldType::Nullable(inner) => Shape::Nullable(Self::Typed(inner)),
                FieldType::Sample(schema) => Shape::Sample(Fields::Typed(schema.get())),
                _ => Shape::Other,
            },
            #[cfg(feature = "records")]
            Self::Owned(of) => match of {
                // What another record says of it is not at hand.
                OwnedFieldType::Any | OwnedFieldType::Ref(_) => Shape::Any,
                OwnedFieldType::Bool => Shape::Bool,
                OwnedFieldType::Int => Shape::Int,
                OwnedFieldType::Float => Shape::Float,
                OwnedFieldType::Str => Shape::Text,
                OwnedFieldType::Enum(labels) => Shape::Labels(labels.iter().map(|label| &**label).collect()),
                OwnedFieldType::List(inner) => Shape::List(Self::Owned(inner)),
                OwnedFieldType::Map(inner) => Shape::Map(Self::Owned(inner)),
                OwnedFieldType::Nullable(inner) => Shape::Nullable(Self::Owned(inner)),
                OwnedFieldType::Sample(schema) => Shape::Sample(Fields::Owned(schema)),
                _ => Shape::Other,
            },
        }
    }

    /// Without null, and whether that was in it.
    fn present(self) -> (Self, bool) {
        match self.shape() {
            Shape::Nullable(inner) => (inner, true),
            _ => (self, false),
        }
    }
}

impl fmt::Display for TypeOf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Typed(of) => of.fmt(f),
            #[cfg(feature = "records")]
            Self::Owned(of) => of.fmt(f),
        }
    }
}

/// A field, or one inside of another.
#[derive(Clone, Copy)]
struct FieldAt<'s> {
    of: TypeOf<'s>,
    optional: bool,
    may_lack: u64,
}

/// The name of a path that leads nowhere, and why.
struct Astray {
    at: usize,
    why: String,
}

/// Depths from there on, at which anything may be missing.
fn from(at: usize) -> u64 {
    u64::MAX.checked_shl(depth(at)).unwrap_or(0)
}

fn find<'s>(fields: Fields<'s>, path: &Path) -> Result<FieldAt<'s>, Astray> {
    let any = |at| FieldAt { of: TypeOf::Typed(&FieldType::Any), optional: true, may_lack: from(at) };
    let mut found: Option<FieldAt<'s>> = None;
    for (at, name) in path.0.iter().enumerate() {
        let shape = found.map_or(Shape::Sample(fields), |outer| outer.of.shape());
        let next = match shape {
            Shape::Sample(fields) if fields.is_untyped() => any(at),
            Shape::Sample(fields) => {
                let (of, optional) = fields.field(name).ok_or_else(|| {
                    let hint = with_dots(fields, path, at).unwrap_or_else(|| fields.near(name));
                    Astray { at, why: format!("`{}` has no field \"{}\"{hint}", fields.name(), Printable(name)) }
                })?;
                FieldAt { of, optional, may_lack: 0 }
            }
            Shape::Map(of) => FieldAt { of, optional: true, may_lack: 1_u64.checked_shl(depth(at)).unwrap_or(0) },
            Shape::Any => any(at),
            _ => {
                let outer = Path(path.0.iter().take(at).cloned().collect());
                let of = found.map(|outer| outer.of.to_string()).unwrap_or_default();
                return Err(Astray { at, why: format!("`{outer}` is {of}, which has no fields inside") });
            }
        };
        let (of, nullable) = next.of.present();
        let outer = found.map_or((false, 0), |outer| (outer.optional, outer.may_lack));
        found = Some(FieldAt { of, optional: outer.0 || next.optional || nullable, may_lack: outer.1 | next.may_lack });
    }
    Ok(found.unwrap_or_else(|| any(0)))
}

/// The end of an error about names of which some are one, with dots in it.
fn with_dots(fields: Fields<'_>, path: &Path, at: usize) -> Option<String> {
    let names = path.0.get(at..)?;
    let mut joined = (2..=names.len()).filter_map(|len| names.get(..len).map(|names| names.join(".")));
    let name = joined.find(|name| fields.field(name).is_some())?;
    let written = Path([name.into_boxed_str()].into());
    Some(format!("; a name with dots in it is written in backticks: {written}"))
}

/// The part of a test that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The name of that number in the path.
    Name(usize),
    /// The word or sign between the field and the values.
    Operator,
    /// The value of that number.
    Value(usize),
}

/// Whether a test can be asked of samples of that type; what is wrong with it, and where, if not.
pub(super) fn check(fields: Fields<'_>, path: &Path, asked: &Check) -> Result<(), (Part, String)> {
    if fields.is_untyped() {
        return Ok(());
    }
    let field = find(fields, path).map_err(|astray| (Part::Name(astray.at), astray.why))?;
    let (shape, told) = (field.of.shape(), |why: &str| format!("`{path}` is {}, {why}", field.of));
    let values: Vec<&Literal> = match asked {
        Check::Null => return Ok(()),
        Check::Nan if matches!(shape, Shape::Float | Shape::Any) => return Ok(()),
        Check::Nan => return Err((Part::Operator, told("and only floats can be nan"))),
        Check::Contains(value) => return contains(&shape, value, &told),
        Check::Compare(_, value) => vec![value],
        Check::Between(low, high) => vec![low, high],
        Check::In(values) => values.iter().collect(),
    };
    let is_ordered = matches!(asked, Check::Between(..) | Check::Compare(Op::Lt | Op::Le | Op::Gt | Op::Ge, _));
    match shape {
        Shape::Bool | Shape::Labels(_) if is_ordered => {
            return Err((Part::Operator, told("which has no order: ask `=`, `!=` or `in`")));
        }
        Shape::List(_) => return Err((Part::Operator, told("of which `contains` or `is null` can be asked"))),
        _ => {}
    }
    match values.iter().enumerate().find_map(|(at, value)| misfit(&shape, value).map(|why| (at, why))) {
        Some((_, Misfit::Incomparable)) => Err((Part::Operator, told("of which only `is null` can be asked"))),
        Some((at, Misfit::Kind(kind))) => Err((Part::Value(at), told(&format!("and is compared with {kind}")))),
        Some((at, Misfit::Label(near))) => Err((Part::Value(at), told(&format!("and never this{near}")))),
        None => Ok(()),
    }
}

fn contains(of: &Shape<'_>, value: &Literal, told: &dyn Fn(&str) -> String) -> Result<(), (Part, String)> {
    let element = match of {
        Shape::List(inner) => inner.present().0.shape(),
        Shape::Any => return Ok(()),
        _ => return Err((Part::Operator, told("and only lists and sets contain values"))),
    };
    match misfit(&element, value) {
        None => Ok(()),
        Some(Misfit::Incomparable) => Err((Part::Operator, told("whose values nothing compares with"))),
        Some(Misfit::Kind(kind)) => Err((Part::Value(0), told(&format!("and never holds {kind}")))),
        Some(Misfit::Label(near)) => Err((Part::Value(0), told(&format!("and never holds this{near}")))),
    }
}

/// Why a value compares with none of that type.
enum Misfit {
    /// Nothing does.
    Incomparable,
    /// It is of this kind.
    Kind(&'static str),
    /// It is no label of these.
    Label(String),
}

fn misfit(of: &Shape<'_>, value: &Literal) -> Option<Misfit> {
    let kind = match value {
        Literal::Bool(_) => "a boolean",
        Literal::Int(_) | Literal::Float(_) => "a number",
        Literal::Text(_) => "text",
    };
    match (of, value) {
        (Shape::Any, _)
        | (Shape::Bool, Literal::Bool(_))
        | (Shape::Int | Shape::Float, Literal::Int(_) | Literal::Float(_))
        | (Shape::Text, Literal::Text(_)) => None,
        (Shape::Labels(labels), Literal::Text(text)) => {
            let near = || near(text, labels.iter().copied());
            (!labels.contains(&&**text)).then(|| Misfit::Label(near()))
        }
        (Shape::Bool | Shape::Int | Shape::Float | Shape::Text | Shape::Labels(_), _) => Some(Misfit::Kind(kind)),
        _ => Some(Misfit::Incomparable),
    }
}
