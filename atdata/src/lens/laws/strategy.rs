//! Strategies (proptest): from a schema to samples.

use std::ops::RangeInclusive;

use atdata_schema::{FieldType, Schema};
use proptest::collection::{btree_map, vec};
use proptest::prelude::{Just, any, prop_oneof};
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::lens::laws::arrays::floats;
#[cfg(feature = "image")]
use crate::lens::laws::images::images;
use crate::lens::laws::probe::{Probe, ValuePath, integer};
use crate::lens::laws::{NoSamples, arrays};
use crate::sample::{DictSample, Packable, Value};

/// Values that are tried before a field is taken to accept none.
const TRIES: usize = 64;
/// Samples inside samples; a type that holds itself ends there.
const MAX_NESTING: usize = 3;
/// Samples inside samples where each must be there.
const MAX_REQUIRED: usize = 32;
/// Most elements of lists and maps, letters of texts, bytes.
const FEW: usize = 3;
/// Longest list or text of bytes of a fixed length that is looked for.
const LONGEST: usize = 4096;

/// Samples that fit the schema of `S`, and that `S` most likely accepts.
pub(super) fn of_type<S: Packable>() -> Result<BoxedStrategy<DictSample>, NoSamples> {
    let maker = Maker { probe: Probe::of::<S>() };
    if S::SCHEMA.fields.is_empty() {
        return Err(maker.none(&ValuePath::default(), "its schema says nothing of its fields"));
    }
    let fields = maker.fields(S::SCHEMA, &ValuePath::default(), 0)?;
    let fields = fields.prop_map(|value| match value {
        Value::Map(fields) => fields.into_iter().collect(),
        _ => DictSample::new(),
    });
    Ok(fields.boxed())
}

/// One of the samples that are given.
pub(super) fn one_of<S: Packable>(samples: &[S]) -> Result<BoxedStrategy<DictSample>, NoSamples> {
    let samples: Result<Vec<_>, _> = samples.iter().map(DictSample::from_sample).collect();
    let maker = Maker { probe: Probe::of::<S>() };
    let samples = samples.map_err(|error| maker.none(&ValuePath::default(), format!("one that is given: {error}")))?;
    Ok(select(samples).boxed())
}

struct Maker {
    probe: Probe,
}

impl Maker {
    fn none(&self, place: &ValuePath, reason: impl Into<String>) -> NoSamples {
        NoSamples { type_name: self.probe.type_name, field: place.path(), reason: reason.into() }
    }

    fn fields(&self, schema: &Schema, place: &ValuePath, nesting: usize) -> Result<BoxedStrategy<Value>, NoSamples> {
        let mut names = Vec::new();
        let mut values = Vec::new();
        for field in schema.fields {
            let inside = place.field(field.name);
            names.push(field.name);
            values.push(match (field.image, field.optional) {
                #[cfg(feature = "image")]
                (Some(color), optional) if field.field_type == FieldType::Bytes => images(color, optional),
                (_, true) => self.or_null(&field.field_type, &inside, nesting)?,
                (_, false) => self.value(&field.field_type, &inside, nesting)?,
            });
        }
        let fields = values
            .prop_map(move |values| Value::Map(names.iter().map(|name| (*name).to_owned()).zip(values).collect()));
        Ok(fields.boxed())
    }

    fn or_null(&self, inner: &FieldType, place: &ValuePath, nesting: usize) -> Result<BoxedStrategy<Value>, NoSamples> {
        if ends_here(inner, nesting) {
            return Ok(Just(Value::Nil).boxed());
        }
        Ok(prop_oneof![1 => Just(Value::Nil), 3 => self.value(inner, place, nesting)?].boxed())
    }

    fn value(&self, of: &FieldType, place: &ValuePath, nesting: usize) -> Result<BoxedStrategy<Value>, NoSamples> {
        match of {
            FieldType::Str => self.accepted(of, place, texts().prop_map(Value::Str).boxed()),
            FieldType::Enum(values) => self.accepted(of, place, select(values.to_vec()).prop_map(Value::from).boxed()),
            FieldType::Int => self.integers(place),
            FieldType::Float => self.accepted(of, place, floats().prop_map(Value::Float).boxed()),
            FieldType::Bool => self.accepted(of, place, any::<bool>().prop_map(Value::Bool).boxed()),
            FieldType::Bytes => {
                let lengths = self.lengths(place, FEW, |len| vec![0_u8; len].into())?;
                self.accepted(of, place, vec(any::<u8>(), lengths).prop_map(Value::from).boxed())
            }
            FieldType::Array(array) => {
                let arrays = arrays::arrays(array).map_err(|reason| self.none(place, reason))?;
                self.accepted(of, place, arrays)
            }
            FieldType::List(element) => self.lists(element, place, nesting),
            FieldType::Map(value) => self.maps(value, place, nesting),
            FieldType::Nullable(inner) => self.or_null(inner, place, nesting),
            FieldType::Sample(_) if nesting == MAX_REQUIRED => Err(self.none(place, "it holds itself without end")),
            FieldType::Sample(schema) => self.fields(schema.get(), place, nesting + 1),
            FieldType::Any => self.accepted(of, place, anything()),
            other => Err(self.none(place, format!("there is no way to make up a value of type {other}"))),
        }
    }

    fn lists(&self, element: &FieldType, place: &ValuePath, nesting: usize) -> Result<BoxedStrategy<Value>, NoSamples> {
        if ends_here(element, nesting) {
            return Ok(Just(Value::List(Vec::new())).boxed());
        }
        let elements = self.value(element, &place.element(), nesting)?;
        let one = self.one(&elements, &place.element())?;
        let lengths = self.lengths(place, few(nesting), |len| Value::List(vec![one.clone(); len]))?;
        Ok(vec(elements, lengths).prop_map(Value::List).boxed())
    }

    fn maps(&self, value: &FieldType, place: &ValuePath, nesting: usize) -> Result<BoxedStrategy<Value>, NoSamples> {
        if ends_here(value, nesting) {
            return Ok(Just(Value::Map(Vec::new())).boxed());
        }
        let values = self.value(value, &place.entry(), nesting)?;
        let maps = btree_map(texts(), values, 0..=few(nesting)).prop_map(|map| Value::Map(map.into_iter().collect()));
        Ok(maps.boxed())
    }

    /// The strategy, without the values that the field refuses.
    fn accepted(
        &self,
        of: &FieldType,
        place: &ValuePath,
        values: BoxedStrategy<Value>,
    ) -> Result<BoxedStrategy<Value>, NoSamples> {
        let mut runner = TestRunner::deterministic();
        let (mut accepted, mut refusal) = (false, None);
        for _ in 0..TRIES {
            let value = values.new_tree(&mut runner).map_err(|reason| self.none(place, reason.to_string()))?.current();
            match self.probe.refusal(place, value) {
                None => accepted = true,
                refused => refusal = refused,
            }
        }
        match refusal {
            None => Ok(values),
            Some(refusal) if !accepted => {
                Err(self.none(place, format!("it accepted none of {TRIES} values of type {of} (the last: {refusal})")))
            }
            Some(_) => {
                let (probe, place) = (self.probe, place.clone());
                Ok(values
                    .prop_filter("the field refuses it", move |value| probe.accepts(&place, value.clone()))
                    .boxed())
            }
        }
    }

    /// Small numbers, all numbers, and the ends, of the range that the field accepts.
    fn integers(&self, place: &ValuePath) -> Result<BoxedStrategy<Value>, NoSamples> {
        let usual = [0, 1, -1, 2, 3, 5, 7, 10, 12, 16, 24, 60, 64, 100, 127, 128, 255, 256, 1000, 1024, 2000, 65_536];
        let Some(inside) = usual.into_iter().find(|value| self.probe.accepts(place, integer(*value))) else {
            let refusal = self.probe.refusal(place, Value::Int(0)).unwrap_or_default();
            return Err(self.none(place, format!("it accepted none of {} integers (of 0: {refusal})", usual.len())));
        };
        let (least, most) = self.probe.integers(place, inside);
        let (near_least, near_most) = ((-4_i128).clamp(least, inside), 4_i128.clamp(inside, most));
        let integers =
            prop_oneof![2 => near_least..=near_most, 2 => least..=most, 1 => select(vec![inside, least, most])];
        self.accepted(&FieldType::Int, place, integers.prop_map(integer).boxed())
    }

    /// The lengths that the field accepts: usually any, else the first that it takes.
    fn lengths(
        &self,
        place: &ValuePath,
        few: usize,
        of_length: impl Fn(usize) -> Value,
    ) -> Result<RangeInclusive<usize>, NoSamples> {
        let accepts = |len: &usize| self.probe.accepts(place, of_length(*len));
        let Some(least) = (0..=LONGEST).find(accepts) else {
            let refusal = self.probe.refusal(place, of_length(0)).unwrap_or_default();
            return Err(self.none(place, format!("it accepted no length up to {LONGEST} (of 0: {refusal})")));
        };
        let most = (least..=least + few).take_while(accepts).last().unwrap_or(least);
        Ok(least..=most)
    }

    /// The simplest value.
    fn one(&self, values: &BoxedStrategy<Value>, place: &ValuePath) -> Result<Value, NoSamples> {
        let tree = values.new_tree(&mut TestRunner::deterministic());
        let mut tree = tree.map_err(|reason| self.none(place, reason.to_string()))?;
        for _ in 0..TRIES {
            if !tree.simplify() {
                break;
            }
        }
        Ok(tree.current())
    }
}

/// Elements multiply where samples are nested.
fn few(nesting: usize) -> usize {
    FEW.saturating_sub(nesting).max(1)
}

/// Whether samples are nested deeply enough to leave out a value that need not be there.
fn ends_here(of: &FieldType, nesting: usize) -> bool {
    let holds_sample = match of {
        FieldType::Sample(_) => true,
        FieldType::List(inner) | FieldType::Map(inner) | FieldType::Nullable(inner) => ends_here(inner, nesting),
        _ => false,
    };
    holds_sample && nesting >= MAX_NESTING
}

fn texts() -> impl Strategy<Value = String> + Clone {
    let letters = vec(proptest::char::range('a', 'c'), 0..=FEW);
    prop_oneof![3 => letters, 1 => vec(any::<char>(), 0..=6)].prop_map(|chars| chars.into_iter().collect())
}

fn anything() -> BoxedStrategy<Value> {
    let plain = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        floats().prop_map(Value::Float),
        texts().prop_map(Value::Str),
        vec(any::<u8>(), 0..=FEW).prop_map(Value::from),
    ];
    let nested = plain.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..=FEW).prop_map(Value::List),
            btree_map(texts(), inner, 0..=FEW).prop_map(|map| Value::Map(map.into_iter().collect())),
        ]
    });
    nested.boxed()
}
