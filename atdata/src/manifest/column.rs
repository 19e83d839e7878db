//! A column of a manifest that is being built, and what is counted of it.

use std::collections::{BTreeSet, HashMap};

use super::fields::{Kind, Plan};
use super::header::Aggregate;
use super::python;
use crate::sample::Value;

/// Different values that are counted, of one field of one shard.
const MOST_VALUES: usize = 1 << 16;
/// Bytes of these.
const MOST_BYTES: usize = 1 << 20;
/// Bytes of text in a column: it is memory until the shard is whole.
const MOST_TEXT: usize = 64 << 20;

/// A value that a column cannot have.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) expected: &'static str,
    pub(super) found: &'static str,
}

#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    kind: Option<Kind>,
    /// The rows that have a value.
    rows: Vec<u32>,
    /// Behind the last of them.
    next: usize,
    data: Data,
    count: Option<Count>,
    text: usize,
    /// Whether it has no rows, for they cannot be what they were: what is counted is so all the same.
    is_untold: bool,
    is_given_up: bool,
}

/// The values that are there.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Data {
    None,
    Text(Vec<String>),
    Bool(Vec<bool>),
    Int(Vec<i64>),
    UInt(Vec<u64>),
    Float(Vec<f64>),
    /// Lists, as JSON.
    List(Vec<String>),
}

/// A column that is whole.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) name: String,
    /// The rows that have a value.
    pub(super) rows: Vec<u32>,
    pub(super) data: Data,
}

#[derive(Debug)]
enum Count {
    Categorical { counts: Vec<(String, u64)>, numbers: HashMap<String, usize>, bytes: usize },
    Numeric { min: f64, max: f64, sum: f64, count: u64 },
    Set { values: BTreeSet<String>, bytes: usize },
}

impl Column {
    pub(super) fn of_plan(plan: &Plan) -> Self {
        Self::new(plan.name.clone(), plan.kind)
    }

    pub(super) fn new(name: String, kind: Option<Kind>) -> Self {
        let count = kind.map(Count::new);
        Self {
            name,
            kind,
            rows: Vec::new(),
            next: 0,
            data: Data::None,
            count,
            text: 0,
            is_untold: false,
            is_given_up: false,
        }
    }

    /// Nothing is said of the field: who asks has to look at the samples.
    pub(super) fn give_up(&mut self) {
        let name = std::mem::take(&mut self.name);
        *self = Self { is_given_up: true, ..Self::new(name, None) };
    }

    /// The value of a row; those before it that have none are null.
    pub(super) fn push(&mut self, row: usize, value: Value) -> Result<(), Refused> {
        // Of a key that is there twice the last one counts, also if it is null, as it does when the sample is read: this is no
        // place to undo.
        if !self.is_given_up && self.next > row {
            self.give_up();
        }
        if self.is_given_up || value.is_nil() {
            return Ok(());
        }
        let kind = match self.kind {
            Some(kind) => kind,
            None => match suggested(&value) {
                Some(kind) => kind,
                None => {
                    self.give_up();
                    return Ok(());
                }
            },
        };
        if self.kind.is_none() {
            (self.kind, self.count) = (Some(kind), Some(Count::new(kind)));
        }
        check(kind, &value)?;
        if self.count.as_mut().is_some_and(|count| !count.add(&value)) {
            self.count = None;
        }
        self.next = row + 1;
        if self.is_untold {
            return Ok(());
        }
        let Some(number) = u32::try_from(row).ok().filter(|_| self.data.widen(&value)) else {
            log::info!("the manifest has no column of the field `{}`: its integers are no doubles", self.name);
            (self.data, self.rows, self.text, self.is_untold) = (Data::None, Vec::new(), 0, true);
            return Ok(());
        };
        self.text += self.data.push(value)?;
        self.rows.push(number);
        if self.text > MOST_TEXT {
            log::warn!("the manifest has no column of the field `{}`, for there is too much text in it", self.name);
            self.give_up();
        }
        Ok(())
    }

    /// Bytes of memory that depend on what is in the samples, about.
    pub(super) fn held(&self) -> usize {
        self.text + self.count.as_ref().map_or(0, Count::held)
    }

    /// What is said of the values in the header, if anything is.
    pub(super) fn take_aggregate(&mut self) -> Option<Aggregate> {
        self.count.take().map(Count::finish)
    }

    /// The column; `None` if it has no value, as in Python.
    pub(super) fn finish(mut self, rows: usize) -> Option<Told> {
        if self.data == Data::None {
            return None;
        }
        if self.rows.len() < rows {
            self.data.be_with_nulls();
        }
        Some(Told { name: self.name, rows: self.rows, data: self.data })
    }
}

/// Of a field whose type does not say it.
fn suggested(value: &Value) -> Option<Kind> {
    match value {
        Value::Str(_) | Value::Bool(_) => Some(Kind::Categorical),
        Value::Int(_) | Value::UInt(_) | Value::Float(_) => Some(Kind::Numeric),
        Value::List(_) => Some(Kind::Set),
        _ => None,
    }
}

pub(super) fn check(kind: Kind, value: &Value) -> Result<(), Refused> {
    let is_scalar = |value: &Value| !matches!(value, Value::Bin(_) | Value::List(_) | Value::Map(_));
    let refused = |expected| Err(Refused { expected, found: value.kind() });
    if value.is_nil() {
        return Ok(());
    }
    match (kind, value) {
        (Kind::Categorical, value) if is_scalar(value) => Ok(()),
        (Kind::Categorical, _) => refused("a text, a number or a boolean"),
        (Kind::Numeric, Value::Int(_) | Value::UInt(_) | Value::Float(_) | Value::Bool(_)) => Ok(()),
        (Kind::Numeric, _) => refused("a number"),
        (Kind::Set, Value::List(values)) if values.iter().all(is_scalar) => Ok(()),
        (Kind::Set, _) => refused("a list of texts, numbers or booleans"),
    }
}

impl Data {
    /// Appends a value, and says how much text it is.
    fn push(&mut self, value: Value) -> Result<usize, Refused> {
        if *self == Self::None {
            *self = match &value {
                Value::Bool(_) => Self::Bool(Vec::new()),
                Value::Int(_) => Self::Int(Vec::new()),
                Value::UInt(_) => Self::UInt(Vec::new()),
                Value::Float(_) => Self::Float(Vec::new()),
                Value::List(_) => Self::List(Vec::new()),
                _ => Self::Text(Vec::new()),
            };
        }
        match (self, value) {
            (Self::Text(texts), Value::Str(text)) => {
                let len = text.len();
                texts.push(text);
                return Ok(len);
            }
            (Self::List(lists), Value::List(values)) => {
                let mut json = String::new();
                python::push_list(&values, &mut json);
                let len = json.len();
                lists.push(json);
                return Ok(len);
            }
            (Self::Bool(values), Value::Bool(value)) => values.push(value),
            (Self::Int(values), Value::Int(value)) => values.push(value),
            (Self::UInt(values), Value::UInt(value)) => values.push(value),
            (Self::UInt(values), Value::Int(value)) => values.push(value.unsigned_abs()),
            (Self::Float(values), value) if exact(&value).is_some() => values.extend(exact(&value)),
            (data, value) => return Err(Refused { expected: data.of(), found: value.kind() }),
        }
        Ok(0)
    }

    /// Makes room for a number that is none of those that are there; false if one of them would be rounded.
    fn widen(&mut self, value: &Value) -> bool {
        let is_float = matches!(value, Value::Float(_));
        let wider = match (&*self, value) {
            (Self::Int(values), Value::UInt(_)) if values.iter().all(|value| *value >= 0) => {
                Some(Self::UInt(values.iter().map(|value| value.unsigned_abs()).collect()))
            }
            (Self::Int(values), Value::UInt(_) | Value::Float(_)) => {
                values.iter().map(|value| exact(&Value::Int(*value))).collect::<Option<_>>().map(Self::Float)
            }
            (Self::UInt(values), value) if is_float || value.as_i64().is_some_and(|value| value < 0) => {
                values.iter().map(|value| exact(&Value::UInt(*value))).collect::<Option<_>>().map(Self::Float)
            }
            (Self::Float(_), Value::Int(_) | Value::UInt(_)) => return exact(value).is_some(),
            _ => return true,
        };
        let Some(wider) = wider else { return false };
        let is_exact = !matches!(wider, Self::Float(_)) || exact(value).is_some();
        *self = wider;
        is_exact
    }

    /// Integers among nulls are doubles in Python, which compares them as such; those that are no double stay what they are.
    #[expect(clippy::cast_precision_loss, reason = "they are exact")]
    fn be_with_nulls(&mut self) {
        const EXACT: u64 = 1 << 53;
        if let Self::Int(values) = self
            && values.iter().all(|value| value.unsigned_abs() <= EXACT)
        {
            *self = Self::Float(values.iter().map(|value| *value as f64).collect());
        }
    }

    fn of(&self) -> &'static str {
        match self {
            Self::None => "a value",
            Self::Text(_) => "a text",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::UInt(_) | Self::Float(_) => "a number",
            Self::List(_) => "a list",
        }
    }
}

/// The number as a double, if it is one.
#[expect(clippy::cast_precision_loss, reason = "of those that are exact")]
fn exact(value: &Value) -> Option<f64> {
    const EXACT: u64 = 1 << 53;
    match value {
        Value::Int(value) => (value.unsigned_abs() <= EXACT).then_some(*value as f64),
        Value::UInt(value) => (*value <= EXACT).then_some(*value as f64),
        value => value.as_f64(),
    }
}

impl Count {
    /// Bytes that it takes, about.
    fn held(&self) -> usize {
        match self {
            Self::Categorical { counts, bytes, .. } => 2 * bytes + 128 * counts.len(),
            Self::Numeric { .. } => 0,
            Self::Set { values, bytes } => bytes + 64 * values.len(),
        }
    }

    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Categorical => Self::Categorical { counts: Vec::new(), numbers: HashMap::new(), bytes: 0 },
            Kind::Numeric => Self::Numeric { min: f64::INFINITY, max: f64::NEG_INFINITY, sum: 0.0, count: 0 },
            Kind::Set => Self::Set { values: BTreeSet::new(), bytes: 0 },
        }
    }

    /// Counts a value; false if there are too many different ones.
    fn add(&mut self, value: &Value) -> bool {
        match self {
            Self::Categorical { counts, numbers, bytes } => {
                let text = python::text(value).unwrap_or_default();
                if let Some((_, count)) = numbers.get(&text).and_then(|number| counts.get_mut(*number)) {
                    *count += 1;
                    return true;
                }
                *bytes += text.len();
                numbers.insert(text.clone(), counts.len());
                counts.push((text, 1));
                counts.len() <= MOST_VALUES && *bytes <= MOST_BYTES
            }
            Self::Numeric { min, max, sum, count } => {
                let number = value.as_bool().map_or_else(|| value.as_f64(), |yes| Some(f64::from(u8::from(yes))));
                let number = number.unwrap_or(f64::NAN);
                // What is no number is neither less nor greater.
                *min = if number < *min { number } else { *min };
                *max = if number > *max { number } else { *max };
                (*sum, *count) = (*sum + number, *count + 1);
                true
            }
            Self::Set { values, bytes } => {
                for text in value.as_list().unwrap_or_default().iter().filter_map(python::text) {
                    if !values.contains(&text) {
                        *bytes += text.len();
                        values.insert(text);
                    }
                }
                values.len() <= MOST_VALUES && *bytes <= MOST_BYTES
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "no shard has as many samples")]
    fn finish(self) -> Aggregate {
        let finite = |number: f64| number.is_finite().then_some(number);
        match self {
            Self::Categorical { counts, .. } => Aggregate::Categorical { value_counts: counts },
            Self::Numeric { min, max, sum, count } => {
                let mean = if count == 0 { 0.0 } else { sum / count as f64 };
                Aggregate::Numeric { min: finite(min), max: finite(max), mean: finite(mean), count }
            }
            Self::Set { values, .. } => Aggregate::Set { all_values: values.into_iter().collect() },
        }
    }
}

/// How long it is, about.
pub(super) fn length(aggregate: &Aggregate) -> usize {
    match aggregate {
        Aggregate::Categorical { value_counts } => value_counts.iter().map(|(value, _)| value.len() + 16).sum(),
        Aggregate::Numeric { .. } => 100,
        Aggregate::Set { all_values } => all_values.iter().map(|value| value.len() + 12).sum(),
    }
}
