//! Schemas that nobody thought of, and samples of them; the same in every run.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use atdata::schema::{OwnedArrayType, OwnedField, OwnedFieldType as T, OwnedSchema, SchemaReference};
use atdata::{DictSample, Dtype, DynArray, Packable, Value};

/// Xorshift: enough to choose.
#[derive(Debug)]
pub struct Random(u64);

const NAMES: &[&str] = &[
    "a",
    "label",
    "fileName",
    "file_name",
    "with space",
    "type",
    "self",
    "Self",
    "crate",
    "gen",
    "été",
    "日本",
    "x/y~z",
    "\"quoted\"",
    "$ref",
    "🎉",
    "3d",
    "__rows",
    "_",
    "r#fn",
    "*/",
    "//",
    "'a",
    "{}",
    "String",
    "Option",
    "len",
    "row",
    "\u{202e}",
    "\\",
    "#[a]",
    "PhotoBatch",
    "Photo",
    "photo-set",
    "ndarray",
    "atdata",
    "core",
    "Vec",
];

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn name(&mut self) -> String {
        NAMES[self.below(NAMES.len())].to_owned()
    }

    fn values(&mut self) -> Vec<String> {
        let values: BTreeSet<String> = (0..=self.below(5)).map(|_| self.name()).collect();
        values.into_iter().collect()
    }

    fn text(&mut self) -> Option<String> {
        let texts = [
            "One thing.",
            "```\nevil()\n```",
            "    indented",
            "<b> [x] `y` ~",
            "a\n\nb",
            "\"#\"\\",
            "https://a.example",
        ];
        self.chance(30).then(|| texts[self.below(texts.len())].to_owned())
    }
}

/// Schemas that may refer to one another.
#[derive(Debug, Default)]
pub struct Schemas {
    pub all: Vec<OwnedSchema>,
    names: usize,
}

impl Schemas {
    pub fn random(count: usize, random: &mut Random) -> Self {
        let mut schemas = Self::default();
        for _ in 0..count {
            let schema = schemas.schema(2, random, None);
            schemas.all.push(schema);
        }
        schemas
    }

    /// Names are what they are, and a number, so that references lead to one schema.
    fn schema(&mut self, depth: usize, random: &mut Random, outer: Option<&SchemaReference>) -> OwnedSchema {
        self.names += 1;
        let (name, version) =
            (format!("{}{}", random.name(), self.names), format!("{}.{}.0", random.below(3), random.below(30)));
        let own = SchemaReference::local(&name, &version);
        let mut names = BTreeSet::new();
        let mut fields = Vec::new();
        for _ in 0..=random.below(6) {
            let name = random.name();
            if names.insert(name.clone()) {
                fields.push(self.field(name, depth, random, &[Some(&own), outer]));
            }
        }
        let schema = OwnedSchema::new(name, version, fields);
        random.text().map_or(schema.clone(), |text| schema.described(text))
    }

    fn field(
        &mut self,
        name: String,
        depth: usize,
        random: &mut Random,
        around: &[Option<&SchemaReference>],
    ) -> OwnedField {
        let field_type = match random.below(12) {
            // Behind a list or null, so that there are samples that end.
            0 => T::Ref(around[random.below(around.len())].or(around[0]).unwrap().clone()),
            1 if !self.all.is_empty() => {
                let other = &self.all[random.below(self.all.len())];
                T::Ref(SchemaReference::local(&other.name, &other.version))
            }
            _ => self.field_type(depth, random, around[0].unwrap()),
        };
        let (field_type, optional) = match field_type {
            T::Ref(_) if random.chance(50) => (T::List(Box::new(field_type)), random.chance(30)),
            T::Ref(_) => (field_type, true),
            other => (other, random.chance(30)),
        };
        let mut field = OwnedField::new(name, field_type).optional(optional);
        field.description = random.text();
        field.has_default = random.chance(15);
        if random.chance(15)
            && let Some(value) = default(&field.field_type, random)
        {
            field = field.default_value(value);
        }
        field
    }

    fn field_type(&mut self, depth: usize, random: &mut Random, own: &SchemaReference) -> T {
        match random.below(if depth == 0 { 12 } else { 16 }) {
            0 | 1 => T::Str,
            2 => T::Int,
            3 => T::Float,
            4 => T::Bool,
            5 => T::Bytes,
            6..=8 => T::Array(array(random)),
            9 => T::Enum(random.values()),
            10 | 11 => T::Any,
            12 | 13 => T::List(Box::new(self.element(depth - 1, random, own))),
            14 => T::Map(Box::new(self.element(depth - 1, random, own))),
            _ => T::Sample(Box::new(self.schema(depth - 1, random, Some(own)))),
        }
    }

    fn element(&mut self, depth: usize, random: &mut Random, own: &SchemaReference) -> T {
        match self.field_type(depth, random, own) {
            T::Any => T::Any,
            inner if random.chance(30) => T::Nullable(Box::new(inner)),
            inner => inner,
        }
    }

    /// The schema with all that it refers to written out, as a static schema is read.
    pub fn written_out(&self, schema: &OwnedSchema) -> OwnedSchema {
        self.inline(schema, &mut Vec::new())
    }

    fn inline(&self, schema: &OwnedSchema, outer: &mut Vec<SchemaReference>) -> OwnedSchema {
        outer.push(schema.local_reference());
        let mut schema = schema.clone();
        for field in &mut schema.fields {
            field.field_type = self.inline_type(&field.field_type, outer);
        }
        outer.pop();
        schema
    }

    fn inline_type(&self, of: &T, outer: &mut Vec<SchemaReference>) -> T {
        match of {
            T::List(inner) => T::List(Box::new(self.inline_type(inner, outer))),
            T::Map(inner) => T::Map(Box::new(self.inline_type(inner, outer))),
            T::Nullable(inner) => T::Nullable(Box::new(self.inline_type(inner, outer))),
            T::Sample(schema) => T::Sample(Box::new(self.inline(schema, outer))),
            T::Ref(reference) if !outer.contains(reference) => {
                let schema = self.all.iter().find(|schema| schema.local_reference() == *reference).unwrap();
                T::Sample(Box::new(self.inline(schema, outer)))
            }
            other => other.clone(),
        }
    }

    /// A sample as it is packed, its fields in the order of the schema.
    pub fn sample(&self, schema: &OwnedSchema, random: &mut Random) -> Vec<u8> {
        let mut sample = DictSample::new();
        for (name, value) in self.fields(schema, random, 3) {
            sample.insert(name, value);
        }
        sample.pack()
    }

    fn fields(&self, schema: &OwnedSchema, random: &mut Random, depth: usize) -> Vec<(String, Value)> {
        let value = |field: &OwnedField| {
            let is_null = field.optional && (depth == 0 || random.chance(30));
            let value = if is_null { Value::Nil } else { self.value(&field.field_type, random, depth) };
            (field.name.clone(), value)
        };
        schema.fields.iter().map(value).collect()
    }

    fn value(&self, of: &T, random: &mut Random, depth: usize) -> Value {
        let inside = depth.saturating_sub(1);
        let count = if depth == 0 { 0 } else { random.below(3) };
        match of {
            T::Str => Value::Str(random.name()),
            T::Enum(values) => Value::Str(values[random.below(values.len())].clone()),
            T::Int => Value::Int(i64::try_from(random.below(1 << 20)).unwrap() - (1 << 19)),
            T::Float => Value::Float(f64::from(u32::try_from(random.below(1000)).unwrap()) / 7.0),
            T::Bool => Value::Bool(random.chance(50)),
            T::Bytes => Value::Bin(vec![7; random.below(300)].into()),
            T::Array(array) => Value::Bin(array_value(array, random).to_bytes().into()),
            T::List(inner) => Value::List((0..count).map(|_| self.value(inner, random, inside)).collect()),
            T::Map(inner) => {
                let keys = ["a", "b", "\u{e9}"].into_iter().take(count);
                Value::Map(keys.map(|key| (key.to_owned(), self.value(inner, random, inside))).collect())
            }
            T::Nullable(inner) if random.chance(70) => self.value(inner, random, depth),
            T::Sample(schema) => Value::Map(self.fields(schema, random, inside)),
            T::Ref(reference) => {
                let schema = self.find(reference).unwrap();
                Value::Map(self.fields(&schema, random, inside))
            }
            _ => Value::Nil,
        }
    }

    /// Also among those that are nested.
    fn find(&self, reference: &SchemaReference) -> Option<OwnedSchema> {
        fn nested(of: &T, reference: &SchemaReference) -> Option<OwnedSchema> {
            match of {
                T::List(inner) | T::Map(inner) | T::Nullable(inner) => nested(inner, reference),
                T::Sample(schema) => within(schema, reference),
                _ => None,
            }
        }
        fn within(schema: &OwnedSchema, reference: &SchemaReference) -> Option<OwnedSchema> {
            if schema.local_reference() == *reference {
                return Some(schema.clone());
            }
            schema.fields.iter().find_map(|field| nested(&field.field_type, reference))
        }
        self.all.iter().find_map(|schema| within(schema, reference))
    }
}

fn array(random: &mut Random) -> OwnedArrayType {
    let dtype = random.chance(80).then(|| Dtype::ALL[random.below(14)]);
    let (array, ndim) = (OwnedArrayType::new(dtype), random.below(5));
    match random.below(4) {
        0 => array,
        1 => array.ranked(ndim),
        2 => array.shaped((0..ndim).map(|_| random.chance(50).then(|| random.below(4))).collect::<Vec<_>>()),
        _ => array.named((0..ndim).map(|axis| format!("d{axis}"))),
    }
}

/// A value that a record can give a field.
fn default(of: &T, random: &mut Random) -> Option<Json> {
    let count = random.below(3);
    Some(match of {
        T::Str => random.name().into(),
        T::Enum(values) => values[random.below(values.len())].clone().into(),
        T::Int => (i64::try_from(random.below(1 << 20)).unwrap() - (1 << 19)).into(),
        T::Float => (f64::from(u32::try_from(random.below(1000)).unwrap()) / 8.0).into(),
        T::Bool => random.chance(50).into(),
        T::Any => json!([1, "a", {"b": null}]),
        T::Nullable(_) if random.chance(30) => Json::Null,
        T::Nullable(inner) => default(inner, random)?,
        T::List(inner) => (0..count).map(|_| default(inner, random)).collect::<Option<Vec<_>>>()?.into(),
        T::Map(inner) => {
            let entry = |key: &str| Some((key.to_owned(), default(inner, random)?));
            ["a", "\u{e9}"].into_iter().take(count).map(entry).collect::<Option<serde_json::Map<_, _>>>()?.into()
        }
        _ => return None,
    })
}

fn array_value(array: &OwnedArrayType, random: &mut Random) -> DynArray {
    let unknown = vec![None; array.ndim.unwrap_or_else(|| random.below(3))];
    let shape: Vec<usize> =
        array.shape.clone().unwrap_or(unknown).iter().map(|size| size.unwrap_or_else(|| random.below(3))).collect();
    let dtype = array.dtype.unwrap_or(Dtype::ALL[random.below(14)]);
    let mut bytes = vec![u8::try_from(dtype.typestr().len()).unwrap()];
    bytes.extend(dtype.typestr().bytes());
    bytes.push(u8::try_from(shape.len()).unwrap());
    bytes.extend(shape.iter().flat_map(|size| i64::try_from(*size).unwrap().to_le_bytes()));
    bytes.extend(vec![0; shape.iter().product::<usize>() * dtype.size()]);
    DynArray::from_bytes(&bytes).unwrap()
}
