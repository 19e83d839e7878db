//! As much of a validator of lexicons as the lexicons of this crate need.

#![allow(clippy::indexing_slicing, reason = "an index into JSON gives null where nothing is")]

use atdata_schema::{LEXICONS, Version};
use serde_json::Value;

/// What is wrong with a record of that type.
pub(crate) fn validate(nsid: &str, record: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    if record["$type"] != nsid {
        wrong.push(format!("/$type: not {nsid}"));
    }
    let main = definition(nsid, "main");
    assert_eq!(main["type"], "record", "{nsid}");
    Validator { nsid, wrong: &mut wrong }.check(&main["record"], record, "");
    wrong
}

fn definition(nsid: &str, name: &str) -> Value {
    let lexicon = LEXICONS.iter().find(|lexicon| lexicon.id == nsid).unwrap_or_else(|| panic!("no lexicon {nsid}"));
    let json: Value = serde_json::from_str(lexicon.json).unwrap_or_else(|error| panic!("{nsid}: {error}"));
    assert!(json["defs"][name].is_object(), "{nsid}#{name}");
    json["defs"][name].clone()
}

struct Validator<'a> {
    nsid: &'a str,
    wrong: &'a mut Vec<String>,
}

impl Validator<'_> {
    fn check(&mut self, rule: &Value, value: &Value, at: &str) {
        match rule["type"].as_str() {
            Some("object") => self.object(rule, value, at),
            Some("array") => self.array(rule, value, at),
            Some("string") => self.string(rule, value, at),
            Some("integer") => match value.as_i64() {
                Some(number) if rule["minimum"].as_i64().is_some_and(|least| number < least) => {
                    self.say(at, &format!("less than {}", rule["minimum"]));
                }
                Some(_) => {}
                None => self.say(at, "not an integer"),
            },
            Some("bytes") if !value["$bytes"].is_string() => self.say(at, "not bytes"),
            Some("blob") => self.blob(rule, value, at),
            Some("ref") => self.follow(rule["ref"].as_str().unwrap_or_default(), value, at),
            Some("union") => {
                let name = value["$type"].as_str().unwrap_or_default();
                let refs = rule["refs"].as_array().map(Vec::as_slice).unwrap_or_default();
                if refs.iter().any(|reference| reference == name) {
                    self.follow(name, value, at);
                } else {
                    self.say(at, &format!("of the type {name:?}"));
                }
            }
            Some("unknown") if !value.is_object() => self.say(at, "not an object"),
            Some("bytes" | "unknown") => {}
            other => panic!("a rule of the type {other:?}"),
        }
    }

    fn follow(&mut self, reference: &str, value: &Value, at: &str) {
        let (nsid, name) = reference.split_once('#').unwrap_or((reference, "main"));
        let nsid = if nsid.is_empty() { self.nsid } else { nsid };
        Validator { nsid, wrong: self.wrong }.check(&definition(nsid, name), value, at);
    }

    fn object(&mut self, rule: &Value, value: &Value, at: &str) {
        let Some(members) = value.as_object() else { return self.say(at, "not an object") };
        for name in rule["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                self.say(&format!("{at}/{name}"), "missing");
            }
        }
        for (name, rule) in rule["properties"].as_object().into_iter().flatten() {
            if let Some(member) = members.get(name) {
                self.check(rule, member, &format!("{at}/{name}"));
            }
        }
    }

    fn array(&mut self, rule: &Value, value: &Value, at: &str) {
        let Some(items) = value.as_array() else { return self.say(at, "not a list") };
        let limit = |key: &str| rule[key].as_u64().and_then(|limit| usize::try_from(limit).ok());
        if limit("maxLength").is_some_and(|most| items.len() > most) {
            self.say(at, &format!("more than {}", rule["maxLength"]));
        }
        if limit("minLength").is_some_and(|least| items.len() < least) {
            self.say(at, &format!("fewer than {}", rule["minLength"]));
        }
        for (i, item) in items.iter().enumerate() {
            self.check(&rule["items"], item, &format!("{at}/{i}"));
        }
    }

    fn string(&mut self, rule: &Value, value: &Value, at: &str) {
        let Some(text) = value.as_str() else { return self.say(at, "not text") };
        if rule["maxLength"].as_u64().is_some_and(|most| text.len() as u64 > most) {
            self.say(at, &format!("longer than {}", rule["maxLength"]));
        }
        if rule["const"].as_str().is_some_and(|only| only != text) {
            self.say(at, &format!("not {}", rule["const"]));
        }
        // The only pattern is that of semantic versions.
        if rule["pattern"].is_string() && Version::parse(text).is_err() {
            self.say(at, "not a semantic version");
        }
        let fits = match rule["format"].as_str() {
            None => true,
            Some("datetime") => text.get(10..11) == Some("T") && (text.ends_with('Z') || text.contains('+')),
            Some("at-uri") => text.starts_with("at://"),
            Some("uri") => text.contains("://"),
            Some(other) => panic!("a format {other:?}"),
        };
        if !fits {
            self.say(at, &format!("not a {}", rule["format"].as_str().unwrap_or_default()));
        }
    }

    fn blob(&mut self, rule: &Value, value: &Value, at: &str) {
        let accepted = rule["accept"].as_array().is_some_and(|types| types.contains(&value["mimeType"]));
        let fits = value["size"].as_u64() <= rule["maxSize"].as_u64();
        if value["$type"] != "blob" || !value["ref"]["$link"].is_string() || !accepted || !fits {
            self.say(at, "not such a blob");
        }
    }

    fn say(&mut self, at: &str, what: &str) {
        self.wrong.push(format!("{at}: {what}"));
    }
}
