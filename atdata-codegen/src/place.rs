//! JSON pointers: where in a record something is, for messages. Schemas do not remember it.

use serde_json::Value;

/// A step into a schema.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step<'a> {
    /// To a field.
    Field(&'a str),
    /// To the elements of a list or the values of a map.
    Inner,
    /// To the schema of a nested sample.
    Schema,
}

/// A place in a schema, as the steps that lead there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    step: Option<Step<'a>>,
    parent: Option<&'a Place<'a>>,
}

impl<'a> Place<'a> {
    pub(crate) const ROOT: Place<'static> = Place { step: None, parent: None };

    pub(crate) fn step(&'a self, step: Step<'a>) -> Self {
        Place { step: Some(step), parent: Some(self) }
    }

    /// The JSON pointer in a record of either form: as far as the steps can be followed.
    pub(crate) fn pointer(&self, record: &Value, local: bool) -> String {
        let mut at = At { value: record, pointer: String::new() };
        if !local {
            let _ = at.enter("schema") && at.enter("schemaBody");
        }
        self.walk(&mut at, local);
        at.pointer
    }

    fn walk(&self, at: &mut At<'_>, local: bool) {
        if let Some(parent) = self.parent {
            parent.walk(at, local);
        }
        match (self.step, local) {
            (None, _) => {}
            (Some(Step::Field(name)), true) => at.enter_field(name),
            (Some(Step::Field(name)), false) => {
                let _ = at.enter("properties") && at.enter(name);
            }
            (Some(Step::Inner), true) => {
                at.enter_type();
                let _ = at.enter("items") || at.enter("values");
            }
            (Some(Step::Inner), false) => {
                at.enter_alternative();
                let _ = at.enter("items") || at.enter("additionalProperties");
            }
            (Some(Step::Schema), true) => {
                at.enter_type();
                let _ = at.enter("schema");
            }
            (Some(Step::Schema), false) => at.enter_alternative(),
        }
    }
}

struct At<'a> {
    value: &'a Value,
    pointer: String,
}

impl At<'_> {
    fn enter(&mut self, key: &str) -> bool {
        let Some(inner) = self.value.get(key) else { return false };
        self.value = inner;
        self.pointer.push('/');
        self.pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        true
    }

    fn enter_item(&mut self, is_it: impl Fn(&Value) -> bool) {
        let Some(items) = self.value.as_array() else { return };
        let Some((index, item)) = items.iter().enumerate().find(|(_, item)| is_it(item)) else { return };
        self.value = item;
        self.pointer.push('/');
        self.pointer.push_str(&index.to_string());
    }

    fn enter_field(&mut self, name: &str) {
        if self.enter("fields") {
            self.enter_item(|field| field.get("name").is_some_and(|own| own == name));
        }
    }

    /// From a field, a list or a map to what its type is.
    fn enter_type(&mut self) {
        let _ = self.enter("fieldType");
        let _ = self.enter("exactType");
    }

    fn enter_alternative(&mut self) {
        if self.enter("anyOf") || self.enter("oneOf") {
            self.enter_item(|item| item.get("type").is_none_or(|kind| kind != "null"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn places_are_found_in_both_forms() {
        let local = json!({"fields": [
            {"name": "a"},
            {"name": "b/c", "fieldType": {"exactType": {"$type": "local#map", "values": {"$type": "local#sample",
                "schema": {"fields": [{"name": "d"}]}}}}},
        ]});
        let published = json!({"schema": {"schemaBody": {"properties": {"b/c": {"type": "object",
            "additionalProperties": {"anyOf": [{"type": "null"}, {"properties": {"d": {}}}]}}}}}});
        let field = Place::ROOT.step(Step::Field("b/c"));
        let inner = field.step(Step::Inner);
        let schema = inner.step(Step::Schema);
        let place = schema.step(Step::Field("d"));
        assert_eq!(place.pointer(&local, true), "/fields/1/fieldType/exactType/values/schema/fields/0");
        assert_eq!(
            place.pointer(&published, false),
            "/schema/schemaBody/properties/b~1c/additionalProperties/anyOf/1/properties/d",
        );
        let lost = Place::ROOT.step(Step::Field("x"));
        assert_eq!(lost.pointer(&local, true), "/fields");
    }
}
