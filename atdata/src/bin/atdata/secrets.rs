//! Secrets in what is shown: passwords and signatures of URLs, wherever these stand.

use atdata::Value;
pub(crate) use atdata::source::text_without_secrets as unsecret;
use atdata::source::without_secrets;
use serde_json::Value as Json;

/// Whether what may be secret is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrets {
    LeftOut,
    Shown,
}

impl Secrets {
    /// As the flag of a command says.
    pub(crate) fn shown(yes: bool) -> Self {
        if yes { Self::Shown } else { Self::LeftOut }
    }

    /// A path or a URL.
    pub(crate) fn url(self, url: &str) -> String {
        if self == Self::Shown { url.to_owned() } else { without_secrets(url) }
    }

    /// A text that may have URLs in it.
    pub(crate) fn text(self, text: &str) -> String {
        if self == Self::Shown { text.to_owned() } else { unsecret(text) }
    }

    /// A value with the texts in it, be they names or not.
    pub(crate) fn value(self, value: &Value) -> Value {
        match value {
            Value::Str(text) => Value::Str(self.text(text)),
            Value::List(items) => Value::List(items.iter().map(|item| self.value(item)).collect()),
            Value::Map(pairs) => {
                Value::Map(pairs.iter().map(|(name, value)| (self.text(name), self.value(value))).collect())
            }
            other => other.clone(),
        }
    }

    /// The same of JSON.
    #[cfg_attr(not(feature = "atmosphere"), allow(dead_code))]
    pub(crate) fn json(self, json: Json) -> Json {
        match json {
            Json::String(text) => self.text(&text).into(),
            Json::Array(items) => items.into_iter().map(|item| self.json(item)).collect(),
            Json::Object(pairs) => {
                Json::Object(pairs.into_iter().map(|(name, value)| (self.text(&name), self.json(value))).collect())
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_none_wherever_it_stands() {
        let secret = "see https://u:hunter2@h/x?sig=hunter2";
        let pair = (secret.to_owned(), Value::from(secret));
        let value = Value::List(vec![Value::Map(vec![pair]), Value::Int(1)]);
        assert!(!format!("{:?}", Secrets::LeftOut.value(&value)).contains("hunter2"));
        assert_eq!(Secrets::Shown.value(&value), value);
        let json = serde_json::json!({secret: [secret, 1]});
        assert_eq!(Secrets::LeftOut.json(json).to_string(), r#"{"see https://h/x":["see https://h/x",1]}"#);
    }
}
