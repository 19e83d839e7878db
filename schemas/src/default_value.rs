//! Default values: what stands for a field which a sample does not have, as far as JSON can say it.

use serde_json::{Map, Number, Value};

use crate::owned::{OwnedField, OwnedFieldType, OwnedSchema};

/// What a default of a record is to a field of that type.
pub(crate) enum Fit {
    /// A value of the type, numbers in one form.
    Value(Value),
    /// Something for which JSON has no form: there is a default, and it is not known.
    Unknown,
    /// A value of another type.
    Misfit,
}

impl OwnedField {
    /// The same field, with this default for samples that lack it. One that is no value of the field's type is left out.
    #[must_use]
    pub fn default_value(mut self, value: impl Into<Value>) -> Self {
        self.default = match of_field(&value.into(), &self.field_type, self.optional) {
            Fit::Value(value) => Some(value),
            Fit::Unknown | Fit::Misfit => None,
        };
        self.with_default()
    }
}

/// Null fits where it is a value; anywhere else it says no more than that there is a default.
pub(crate) fn of_field(value: &Value, of: &OwnedFieldType, optional: bool) -> Fit {
    match (value, of) {
        (Value::Null, OwnedFieldType::Any) => Fit::Value(Value::Null),
        (Value::Null, _) if optional => Fit::Value(Value::Null),
        (Value::Null, OwnedFieldType::Nullable(_)) => Fit::Value(Value::Null),
        (Value::Null, _) => Fit::Unknown,
        _ => fit(value, of),
    }
}

fn fit(value: &Value, of: &OwnedFieldType) -> Fit {
    use OwnedFieldType as T;

    match (of, value) {
        (T::Nullable(_), Value::Null) => Fit::Value(Value::Null),
        (T::Nullable(inner), _) => fit(value, inner),
        (T::Str | T::Bytes, Value::String(_))
        | (T::Bool, Value::Bool(_))
        | (T::Ref(_), Value::Object(_))
        | (T::Any, _) => Fit::Value(value.clone()),
        (T::Enum(values), Value::String(text)) if values.contains(text) => Fit::Value(value.clone()),
        (T::Int, Value::Number(number)) => whole(number).map_or(Fit::Misfit, Fit::Value),
        (T::Float, Value::Number(number)) => number.as_f64().map_or(Fit::Misfit, |number| Fit::Value(float(number))),
        // The form for records of the network, which have no fractions.
        (T::Float, Value::String(text)) => text.parse().map_or(Fit::Misfit, |number| Fit::Value(float(number))),
        (T::List(element), Value::Array(items)) => list(items, element),
        (T::Map(of), Value::Object(members)) => map(members, |_| Some(of)),
        (T::Sample(schema), Value::Object(members)) if schema.is_untyped() => Fit::Value(members.clone().into()),
        (T::Sample(schema), Value::Object(members)) => sample(members, schema),
        (T::Array(_) | T::Structured(_) | T::Sparse | T::ArrowTensor | T::Safetensors | T::DataFrame, _) => {
            Fit::Unknown
        }
        _ => Fit::Misfit,
    }
}

/// A number without a fraction, whether it is written with a point or not.
fn whole(number: &Number) -> Option<Value> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.is_i64() || number.is_u64() {
        return Some(number.clone().into());
    }
    let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= EXACT)?;
    // Whole and small, so that its text is that of an integer.
    format!("{float:.0}").parse::<i64>().ok().map(Value::from)
}

/// JSON has no number for what is infinite or none.
fn float(number: f64) -> Value {
    match Number::from_f64(number) {
        Some(number) => number.into(),
        None if number.is_nan() => "NaN".into(),
        None if number > 0.0 => "inf".into(),
        None => "-inf".into(),
    }
}

fn list(items: &[Value], element: &OwnedFieldType) -> Fit {
    let mut fitting = Vec::with_capacity(items.len());
    for item in items {
        match fit(item, element) {
            Fit::Value(value) => fitting.push(value),
            other => return other,
        }
    }
    Fit::Value(fitting.into())
}

fn map<'a>(members: &Map<String, Value>, of: impl Fn(&str) -> Option<&'a OwnedFieldType>) -> Fit {
    let mut fitting = Map::new();
    for (key, value) in members {
        match of(key).map_or(Fit::Misfit, |of| fit(value, of)) {
            Fit::Value(value) => _ = fitting.insert(key.clone(), value),
            other => return other,
        }
    }
    Fit::Value(fitting.into())
}

fn sample(members: &Map<String, Value>, schema: &OwnedSchema) -> Fit {
    let mut fitting = Map::new();
    for (key, value) in members {
        let Some(field) = schema.field(key) else { return Fit::Misfit };
        match of_field(value, &field.field_type, field.optional) {
            Fit::Value(value) => _ = fitting.insert(key.clone(), value),
            other => return other,
        }
    }
    Fit::Value(fitting.into())
}

/// The value in a record of the network, which has integers only: a fraction is text there, where the type says that it
/// is a number. `None` if a fraction is where nothing says so.
pub(crate) fn for_network(value: &Value, of: &OwnedFieldType) -> Option<Value> {
    use OwnedFieldType as T;

    match (of, value) {
        (T::Nullable(inner), _) if !value.is_null() => for_network(value, inner),
        (T::Float, Value::Number(number)) => Some(match whole(number) {
            // Zero has a sign, which no integer has.
            Some(whole) if !(number.as_f64()?.is_sign_negative() && whole == 0) => whole,
            _ => number.to_string().into(),
        }),
        (T::List(element), Value::Array(items)) => {
            items.iter().map(|item| for_network(item, element)).collect::<Option<Vec<_>>>().map(Value::from)
        }
        (T::Map(of), Value::Object(members)) => all(members, |_| Some(of)),
        (T::Sample(schema), Value::Object(members)) if !schema.is_untyped() => {
            all(members, |key| schema.field(key).map(|field| &field.field_type))
        }
        _ => (!has_fractions(value)).then(|| value.clone()),
    }
}

fn all<'a>(members: &Map<String, Value>, of: impl Fn(&str) -> Option<&'a OwnedFieldType>) -> Option<Value> {
    let member = |(key, value): (&String, &Value)| Some((key.clone(), for_network(value, of(key)?)?));
    members.iter().map(member).collect::<Option<Map<_, _>>>().map(Value::from)
}

/// Whether a number with a fraction is anywhere in it.
pub(crate) fn has_fractions(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(has_fractions),
        Value::Object(members) => members.values().any(has_fractions),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn fitting(value: &Value, of: &OwnedFieldType) -> Value {
        match of_field(value, of, false) {
            Fit::Value(value) => value,
            Fit::Unknown => "unknown".into(),
            Fit::Misfit => "misfit".into(),
        }
    }

    #[test]
    fn a_number_has_one_form_and_goes_through_the_network() {
        use OwnedFieldType as T;

        for (of, found, kept, network) in [
            (T::Float, json!(1), json!(1.0), json!(1)),
            (T::Float, json!(0.5), json!(0.5), json!("0.5")),
            (T::Float, json!("0.5"), json!(0.5), json!("0.5")),
            (T::Float, json!(-0.0), json!(-0.0), json!("-0.0")),
            (T::Float, json!("nan"), json!("NaN"), json!("NaN")),
            (T::Int, json!(3.0), json!(3), json!(3)),
            (T::Int, json!(u64::MAX), json!(u64::MAX), json!(u64::MAX)),
            (T::List(Box::new(T::Float)), json!([1, 0.25]), json!([1.0, 0.25]), json!([1, "0.25"])),
            (T::Map(Box::new(T::Float)), json!({"a": 0.5}), json!({"a": 0.5}), json!({"a": "0.5"})),
        ] {
            assert_eq!(fitting(&found, &of), kept);
            assert_eq!(for_network(&kept, &of), Some(network.clone()));
            assert_eq!(fitting(&network, &of), kept);
        }
        assert_eq!(for_network(&json!([0.5]), &T::Any), None);
    }

    #[test]
    fn what_is_of_another_type_is_no_default() {
        use OwnedFieldType as T;

        let split = T::Enum(vec!["train".to_owned()]);
        for (of, value) in [
            (T::Int, json!("x")),
            (T::Int, json!(0.5)),
            (T::Str, json!(1)),
            (split, json!("tset")),
            (T::List(Box::new(T::Int)), json!(["a"])),
        ] {
            assert_eq!(fitting(&value, &of), "misfit");
        }
        assert_eq!(fitting(&Value::Null, &T::Str), "unknown");
    }
}
