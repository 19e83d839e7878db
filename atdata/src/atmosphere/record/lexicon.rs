//! Validation: records against their lexicons, and against what servers take. What is to be sent is checked here first.
//!
//! The lexicons of `atdata-schema` are walked as they are, so that no limit of theirs is written down twice.

mod format;

use std::sync::OnceLock;

use atdata_schema::reading::{Node, Problems, quote};
use serde_json::Value;

use self::format::check_format;
use super::{Record, WriteOptions, value};
use atdata_schema::{LEXICONS, Problem, RecordError};

/// What servers of the network nest at most.
const MAX_DEPTH: usize = 32;
/// What JavaScript counts exactly, and so what servers keep.
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// The record, if there is nothing wrong with it.
pub(super) fn checked<R: Record>(
    record: Value,
    kind: &'static str,
    options: &WriteOptions,
) -> Result<Value, RecordError> {
    let mut problems = Problems::of(kind);
    check(R::COLLECTION, &record, options, &mut problems);
    problems.finish(Some(record))
}

/// Reports all that keeps a record of that collection from being sent.
pub(super) fn check(nsid: &str, record: &Value, options: &WriteOptions, problems: &mut Problems) {
    let root = Node::root(record);
    if !is_sendable(&root, problems) {
        return;
    }
    let size = serde_json::to_vec(record).map_or(0, |json| json.len());
    if size > options.max_record {
        let expected = format!("a record of at most {} bytes", options.max_record);
        root.wrong(expected, format!("{size} bytes"), problems);
    }
    if let Some(main) = definition(nsid, "main") {
        Checker { nsid, options, problems }.check(&main["record"], &root);
    }
}

/// What holds for every record: its depth, which alone ends the check, and its numbers.
fn is_sendable(node: &Node<'_>, problems: &mut Problems) -> bool {
    if node.depth() > MAX_DEPTH {
        node.wrong(format!("at most {MAX_DEPTH} levels of nesting"), "one more".to_owned(), problems);
        return false;
    }
    if let Value::Number(number) = node.value {
        if number.is_f64() {
            node.unexpected(no_fraction(node), problems);
        } else if number.as_i64().map_or(number.as_u64(), |number| Some(number.unsigned_abs())) > Some(MAX_INTEGER) {
            node.unexpected("an integer of at most 53 bits, or text (servers lose digits of larger ones)", problems);
        }
    }
    let mut sendable = true;
    for item in node.items().into_iter().flatten() {
        sendable &= is_sendable(&item, problems);
    }
    for (_, member) in node.members().into_iter().flatten() {
        sendable &= is_sendable(&member, problems);
    }
    sendable
}

fn no_fraction(node: &Node<'_>) -> &'static str {
    if node.pointer().starts_with("/metadata/") {
        "an integer or text (ATProto has no fractions; in an entry `MetadataForm::Bytes` can hold them)"
    } else {
        "an integer or text (ATProto has no fractions)"
    }
}

/// A definition of a lexicon of ours.
fn definition(nsid: &str, name: &str) -> Option<&'static Value> {
    static PARSED: OnceLock<Vec<(&'static str, Value)>> = OnceLock::new();
    let parsed = PARSED.get_or_init(|| {
        LEXICONS.iter().filter_map(|lexicon| Some((lexicon.id, serde_json::from_str(lexicon.json).ok()?))).collect()
    });
    let (_, lexicon) = parsed.iter().find(|(id, _)| *id == nsid)?;
    lexicon.get("defs")?.get(name)
}

/// Goes through a rule of a lexicon and the value that it is for, side by side.
struct Checker<'a> {
    /// The lexicon of the rule.
    nsid: &'a str,
    options: &'a WriteOptions,
    problems: &'a mut Problems,
}

impl Checker<'_> {
    fn check(&mut self, rule: &Value, node: &Node<'_>) {
        match rule["type"].as_str().unwrap_or_default() {
            "object" => self.object(rule, node),
            "array" => self.array(rule, node),
            "string" => self.string(rule, node),
            "integer" => self.integer(rule, node),
            "ref" => self.follow(rule["ref"].as_str().unwrap_or_default(), node),
            "union" => self.union(rule, node),
            "blob" => self.blob(rule, node),
            "bytes" => self.bytes(rule, node),
            "unknown" => {
                node.object(self.problems);
            }
            other => {
                node.unexpected(format!("what this release checks, not a rule of the type {other:?}"), self.problems);
            }
        }
    }

    fn follow(&mut self, reference: &str, node: &Node<'_>) {
        let (nsid, name) = reference.split_once('#').unwrap_or((reference, "main"));
        let nsid = if nsid.is_empty() { self.nsid } else { nsid };
        match definition(nsid, name) {
            Some(rule) => Checker { nsid, options: self.options, problems: self.problems }.check(rule, node),
            None => node.unexpected(format!("what the lexicon {nsid}#{name} says, which is not there"), self.problems),
        }
    }

    fn object(&mut self, rule: &Value, node: &Node<'_>) {
        if node.object(self.problems).is_none() {
            return;
        }
        for key in rule["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if node.get(key).is_none() {
                node.missing(key, "what its lexicon demands", self.problems);
            }
        }
        for (key, rule) in rule["properties"].as_object().into_iter().flatten() {
            if let Some(member) = node.get(key) {
                self.check(rule, &member);
            }
        }
    }

    fn array(&mut self, rule: &Value, node: &Node<'_>) {
        let Some(items) = node.items() else { return node.unexpected("a list", self.problems) };
        let mut count = 0;
        for item in items {
            count += 1;
            self.check(&rule["items"], &item);
        }
        self.bounds(count, rule["minLength"].as_u64(), rule["maxLength"].as_u64(), "items", node);
    }

    /// Text of a lexicon is counted in bytes of UTF-8.
    fn string(&mut self, rule: &Value, node: &Node<'_>) {
        let Some(text) = node.text("text", self.problems) else { return };
        if let Some(limit) = rule["maxLength"].as_u64().filter(|limit| text.len() as u64 > *limit) {
            node.wrong(format!("text of at most {limit} bytes"), format!("{} bytes", text.len()), self.problems);
        } else if let Some(format) = rule["format"].as_str() {
            check_format(format, text, node, self.problems);
        }
        if rule.get("const").is_some_and(|only| only != text) {
            node.unexpected(rule["const"].to_string(), self.problems);
        }
    }

    fn integer(&mut self, rule: &Value, node: &Node<'_>) {
        match node.value.as_i64() {
            Some(number) if rule["minimum"].as_i64().is_some_and(|least| number < least) => {
                node.unexpected(format!("a number from {}", rule["minimum"]), self.problems);
            }
            // Too large ones and fractions are reported for the whole record.
            None if !node.value.is_number() => node.unexpected("an integer", self.problems),
            _ => {}
        }
    }

    fn union(&mut self, rule: &Value, node: &Node<'_>) {
        let kind = node.value["$type"].as_str().unwrap_or_default();
        let refs: Vec<_> = rule["refs"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if refs.contains(&kind) {
            self.follow(kind, node);
        } else {
            node.wrong(format!("one of {}", refs.join(", ")), quote(kind), self.problems);
        }
    }

    fn blob(&mut self, rule: &Value, node: &Node<'_>) {
        // What else makes a blob was made sure of when it was built or read.
        let accepted: Vec<_> = rule["accept"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if let Some(kind) =
            node.get("mimeType").filter(|kind| !kind.value.as_str().is_some_and(|kind| accepted.contains(&kind)))
        {
            kind.unexpected(format!("{} (say so when the blob is uploaded)", accepted.join(", ")), self.problems);
        }
        let Some(size) = node.get("size") else {
            return node.missing("size", "the number of bytes of the blob", self.problems);
        };
        let limit = rule["maxSize"].as_u64().map_or(self.options.max_blob, |most| most.min(self.options.max_blob));
        if size.value.as_u64().is_none_or(|size| size > limit) {
            let expected = format!("a blob of at most {limit} bytes (write more and smaller shards)");
            size.unexpected(expected, self.problems);
        }
    }

    fn bytes(&mut self, rule: &Value, node: &Node<'_>) {
        match value::base64_of(node.value).map(value::decode_base64) {
            Some(Some(bytes)) => self.bounds(bytes.len() as u64, None, rule["maxLength"].as_u64(), "bytes", node),
            Some(None) => node.wrong("base 64", "another text".to_owned(), self.problems),
            // The metadata of an entry, for which Python writes an object.
            None => {
                node.object(self.problems);
            }
        }
    }

    fn bounds(&mut self, count: u64, least: Option<u64>, most: Option<u64>, what: &str, node: &Node<'_>) {
        if let Some(least) = least.filter(|least| count < *least) {
            node.wrong(format!("at least {least} {what}"), count.to_string(), self.problems);
        }
        if let Some(most) = most.filter(|most| count > *most) {
            node.wrong(format!("at most {most} {what}"), count.to_string(), self.problems);
        }
    }
}

/// Adds a problem that is known by its place only.
pub(super) fn report(pointer: String, expected: &'static str, found: String, problems: &mut Problems) {
    problems.push(Problem::new(pointer, expected, found));
}
