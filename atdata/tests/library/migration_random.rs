//! Whatever follows from two schemas, holds for every sample; the same schemas and samples in every run.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use atdata::lens::Migration;
use atdata::schema::{Conversion, FieldSource, OwnedArrayType, OwnedField, OwnedFieldType as T, OwnedSchema};
use atdata::{DictSample, Dtype, DynArray, Packable, Value};
use ndarray::{Array, IxDyn};

/// Xorshift: enough to choose, and without a dependency.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit.max(1)
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn array_type(&mut self) -> OwnedArrayType {
        let dtype = if self.chance(80) { Some(Dtype::ALL[self.below(14)]) } else { None };
        let ndim = self.below(3);
        match self.below(3) {
            0 => OwnedArrayType::new(dtype),
            1 => OwnedArrayType::new(dtype).ranked(ndim),
            _ => {
                let sizes: Vec<_> = (0..ndim).map(|_| self.chance(50).then(|| self.below(4))).collect();
                OwnedArrayType::new(dtype).shaped(sizes)
            }
        }
    }

    fn field_type(&mut self, depth: usize) -> T {
        match self.below(if depth == 0 { 8 } else { 12 }) {
            0 if self.chance(50) => T::Str,
            0 => T::Enum(["text", "a", "b"].map(str::to_owned).to_vec()),
            1 | 2 => T::Int,
            3 => T::Float,
            4 => T::Bool,
            5 => T::Bytes,
            6 | 7 => T::Array(self.array_type()),
            8 => T::List(Box::new(self.element(depth - 1))),
            9 => T::Map(Box::new(self.element(depth - 1))),
            _ => T::Sample(Box::new(self.schema(depth - 1))),
        }
    }

    fn element(&mut self, depth: usize) -> T {
        let of = self.field_type(depth);
        if self.chance(30) { T::Nullable(Box::new(of)) } else { of }
    }

    fn field(&mut self, name: String, depth: usize) -> OwnedField {
        let mut field = OwnedField::new(name, self.field_type(depth)).optional(self.chance(30));
        field.has_default = self.chance(20);
        field
    }

    fn schema(&mut self, depth: usize) -> OwnedSchema {
        let count = self.below(4);
        OwnedSchema::new("S", "1.0.0", (0..count).map(|i| self.field(format!("f{i}"), depth)).collect())
    }

    /// Another version of the type, mostly one that can follow.
    fn changed(&mut self, old: &OwnedSchema) -> OwnedSchema {
        let mut new = old.clone();
        new.fields.retain(|_| self.chance(90));
        for field in &mut new.fields {
            field.optional |= self.chance(20);
            field.has_default |= self.chance(20);
            if self.chance(4) {
                field.optional = false;
                field.has_default = false;
            }
            field.field_type = self.changed_type(&field.field_type);
        }
        if self.chance(50) {
            let mut added = self.field("added".to_owned(), 1);
            added.optional |= self.chance(70);
            let at = self.below(new.fields.len() + 1);
            new.fields.insert(at, added);
        }
        new
    }

    fn changed_type(&mut self, old: &T) -> T {
        let inner = |this: &mut Self, of: &T| Box::new(this.changed_type(of));
        match old {
            T::Sample(schema) => T::Sample(Box::new(self.changed(schema))),
            T::List(of) => T::List(inner(self, of)),
            T::Map(of) => T::Map(inner(self, of)),
            T::Nullable(of) => T::Nullable(inner(self, of)),
            T::Int if self.chance(40) => T::Float,
            T::Enum(values) if self.chance(60) => match self.below(3) {
                0 => T::Str,
                1 => T::Enum(values.iter().rev().cloned().chain(["c".to_owned()]).collect()),
                _ => T::Enum(values.iter().skip(1).cloned().collect()),
            },
            T::Array(array) if self.chance(60) => {
                let mut array = array.clone();
                let wider: Vec<_> = Dtype::ALL
                    .into_iter()
                    .filter(|wider| array.dtype.is_some_and(|dtype| dtype.widens_to(*wider)))
                    .collect();
                array.dtype =
                    if wider.is_empty() || self.chance(20) { None } else { Some(wider[self.below(wider.len())]) };
                array.shape = array.shape.filter(|_| self.chance(50));
                T::Array(array)
            }
            _ if self.chance(3) => self.field_type(1),
            other if self.chance(10) => match other {
                T::Bool => T::Any,
                other => other.clone(),
            },
            other => other.clone(),
        }
    }

    fn sample(&mut self, schema: &OwnedSchema) -> Vec<(String, Value)> {
        let mut entries = Vec::new();
        for field in &schema.fields {
            if (field.optional || field.has_default) && self.chance(20) {
                continue;
            }
            let value = if field.optional && self.chance(30) { Value::Nil } else { self.value(&field.field_type) };
            entries.push((field.name.clone(), value));
        }
        entries
    }

    fn value(&mut self, of: &T) -> Value {
        match of {
            T::Int => {
                [Value::from(-1), Value::from(u64::MAX), Value::from(i64::MIN), Value::from(7)][self.below(4)].clone()
            }
            T::Float => [1.5.into(), f64::INFINITY.into(), Value::from(3)][self.below(3)].clone(),
            T::Bool => self.chance(50).into(),
            T::Bytes => b"bytes".as_slice().into(),
            T::Array(array) => (&self.array(array)).into(),
            T::List(of) => Value::List((0..self.below(3)).map(|_| self.value(of)).collect()),
            T::Map(of) => Value::Map((0..self.below(3)).map(|i| (i.to_string(), self.value(of))).collect()),
            T::Nullable(_) if self.chance(30) => Value::Nil,
            T::Nullable(of) => self.value(of),
            T::Sample(schema) => Value::Map(self.sample(schema)),
            T::Enum(values) => values[self.below(values.len())].as_str().into(),
            _ => "text".into(),
        }
    }

    fn array(&mut self, of: &OwnedArrayType) -> DynArray {
        let ndim = of.ndim.unwrap_or_else(|| self.below(3));
        let sizes = of.shape.clone().unwrap_or_else(|| vec![None; ndim]);
        let shape: Vec<_> = sizes.into_iter().map(|size| size.unwrap_or_else(|| self.below(4))).collect();
        let values = Array::<i8, IxDyn>::from_shape_fn(shape, |_| i8::try_from(self.below(128)).unwrap());
        values_of(&values, of.dtype.unwrap_or(Dtype::ALL[self.below(14)]))
    }
}

fn values_of(values: &Array<i8, IxDyn>, dtype: Dtype) -> DynArray {
    DynArray::from_array(values).cast(dtype).unwrap()
}

#[test]
fn every_sample_becomes_one_that_fits() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut followed, mut refused, mut changed) = (0, 0, 0);
    for _ in 0..4000 {
        let old = random.schema(2);
        let new = random.changed(&old);
        let Ok(migration) = Migration::between(old.clone(), new.clone()) else {
            refused += 1;
            continue;
        };
        followed += 1;
        for _ in 0..4 {
            let sample: DictSample = random.sample(&old).into_iter().collect();
            sample.conforms_to(&old).unwrap_or_else(|error| panic!("{error}\n{sample:?}\n{old}"));
            let upgraded =
                migration.upgrade(&sample).unwrap_or_else(|error| panic!("{error}\n{sample:?}\n{migration}"));
            upgraded.conforms_to(&new).unwrap_or_else(|error| panic!("{error}\n{upgraded:?}\n{migration}"));
            assert_eq!(DictSample::unpack(&upgraded.pack()).unwrap(), upgraded);
            changed += usize::from(upgraded != sample);
        }
        let identity = Migration::between(new.clone(), new).unwrap();
        assert!(identity.plans().all(|plan| plan.sample().is_identity()), "{identity}");
    }
    assert!(followed > 1000 && refused > 500 && changed > 2000, "{followed} {refused} {changed}");
}

#[test]
fn two_hops_give_what_one_gives() {
    let mut random = Random(0x0dd0_5eed_1234_5678);
    let mut compared = 0;
    for _ in 0..6000 {
        let first = random.schema(1);
        let second = random.changed(&first);
        let third = random.changed(&second);
        let way = |old: &OwnedSchema, new: &OwnedSchema| Migration::between(old.clone(), new.clone());
        let (Ok(a), Ok(b), Ok(direct)) = (way(&first, &second), way(&second, &third), way(&first, &third)) else {
            continue;
        };
        // What is dropped on the way and added again is not what it was, nor is a default that was null in between.
        // An array of any dtype keeps the one that it was cast to last.
        let untyped = [&second, &third].iter().any(|schema| schema.to_string().contains("array<any"));
        if untyped || !plain(&a) || !plain(&b) || !plain(&direct) {
            continue;
        }
        let both = a.then(b).unwrap();
        for _ in 0..4 {
            let sample: DictSample = random.sample(&first).into_iter().collect();
            assert_eq!(both.upgrade(&sample).unwrap(), direct.upgrade(&sample).unwrap(), "{both}{direct}");
            compared += 1;
        }
    }
    assert!(compared > 500, "{compared}");
}

/// Only conversions of the values themselves, of fields that are always there.
fn plain(migration: &Migration) -> bool {
    migration.plans().all(|plan| {
        plan.sample().dropped().is_empty()
            && plan.sample().steps().iter().all(|step| match &step.source {
                FieldSource::Old { conversion, .. } => !matches!(conversion, Conversion::Sample(_)),
                _ => false,
            })
            && plan.source().fields.iter().all(|field| !field.has_default && !field.optional)
    })
}

#[test]
fn a_wider_dtype_gives_the_values_back() {
    let values = Array::<i8, IxDyn>::from_shape_fn(vec![3, 2], |at| i8::try_from(at[0] * 40 + at[1]).unwrap());
    for narrow in Dtype::ALL {
        let original = values_of(&values, narrow);
        for wide in Dtype::ALL.into_iter().filter(|wide| narrow.widens_to(*wide)) {
            let cast = original.cast(wide).unwrap();
            let real = |array: &DynArray| array.cast(Dtype::Complex128).unwrap();
            assert_eq!((cast.dtype(), real(&cast)), (Some(wide), real(&original)), "{narrow} -> {wide}");
        }
    }
}
