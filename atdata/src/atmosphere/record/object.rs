//! Objects of records: what is known of them is read member by member, the rest is kept.

use atdata_schema::reading::{Node, Problems};
use serde_json::{Map, Value};

use super::local_type;
use atdata_schema::RecordError;

/// So deep a value is read: readers and what they read recurse.
const MAX_DEPTH: usize = 64;

/// Reads a whole record: one that is not too deep, and has one of these types in either namespace.
pub(super) fn read_record<T>(
    value: &Value,
    kind: &'static str,
    types: &[&str],
    expected: &'static str,
    read: impl FnOnce(&mut Reader<'_, '_>) -> Option<T>,
) -> Result<T, RecordError> {
    let mut problems = Problems::of(kind);
    let root = Node::root(value);
    if !is_shallow(&root, &mut problems) {
        return problems.finish(None);
    }
    let record = Reader::of(&root, &mut problems).and_then(|mut reader| {
        reader.check_type(types, expected);
        read(&mut reader)
    });
    problems.finish(record)
}

fn is_shallow(node: &Node<'_>, problems: &mut Problems) -> bool {
    if node.depth() > MAX_DEPTH {
        node.wrong(format!("at most {MAX_DEPTH} levels of nesting"), "one more".to_owned(), problems);
        return false;
    }
    node.items().into_iter().flatten().all(|item| is_shallow(&item, problems))
        && node.members().into_iter().flatten().all(|(_, member)| is_shallow(&member, problems))
}

/// An object that is being read. Members that are null count as absent, as everywhere in records.
pub(super) struct Reader<'n, 'p> {
    node: &'n Node<'n>,
    problems: &'p mut Problems,
    known: Vec<&'static str>,
}

impl<'n, 'p> Reader<'n, 'p> {
    /// Reports what is no object.
    pub(super) fn of(node: &'n Node<'n>, problems: &'p mut Problems) -> Option<Self> {
        node.object(problems)?;
        Some(Self { node, problems, known: Vec::new() })
    }

    fn check_type(&mut self, types: &[&str], expected: &'static str) {
        match self.take("$type") {
            None => self.node.missing("$type", expected, self.problems),
            Some(found) => {
                if !found.value.as_str().and_then(local_type).is_some_and(|local| types.contains(&local)) {
                    found.unexpected(expected, self.problems);
                }
            }
        }
    }

    pub(super) fn unexpected(&mut self, member: &Node<'_>, expected: &'static str) {
        member.unexpected(expected, self.problems);
    }

    /// A member, which is known from then on.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Node<'n>> {
        self.known.push(key);
        self.node.get(key)
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        self.required(key, "text", |node, problems| node.text("text", problems).map(str::to_owned))
    }

    pub(super) fn optional_text(&mut self, key: &'static str) -> Option<String> {
        self.take(key)?.text("text", self.problems).map(str::to_owned)
    }

    pub(super) fn optional_count(&mut self, key: &'static str) -> Option<u64> {
        let node = self.take(key)?;
        let count = node.value.as_u64();
        if count.is_none() {
            node.unexpected("a whole number from 0", self.problems);
        }
        count
    }

    pub(super) fn optional_object(&mut self, key: &'static str) -> Option<Map<String, Value>> {
        self.take(key)?.object(self.problems).cloned()
    }

    pub(super) fn required<T>(
        &mut self,
        key: &'static str,
        expected: &'static str,
        read: impl FnOnce(&Node<'_>, &mut Problems) -> Option<T>,
    ) -> Option<T> {
        match self.take(key) {
            Some(node) => read(&node, self.problems),
            None => {
                self.node.missing(key, expected, self.problems);
                None
            }
        }
    }

    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Node<'_>, &mut Problems) -> Option<T>,
    ) -> Option<T> {
        let node = self.take(key)?;
        read(&node, self.problems)
    }

    /// The items of a list that has to be there, all or none.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        expected: &'static str,
        read: impl FnMut(&Node<'_>, &mut Problems) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.required(key, expected, |node, problems| read_list(node, expected, problems, read))
    }

    /// What is there beside the known members.
    pub(super) fn rest(&self) -> Map<String, Value> {
        let members = self.node.value.as_object().into_iter().flatten();
        let unknown = members.filter(|(key, value)| !self.known.contains(&key.as_str()) && !is_old_type(key, value));
        unknown.map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

/// A part may name its type. What is written is in the current namespace.
fn is_old_type(key: &str, value: &Value) -> bool {
    key == "$type" && value.as_str().is_some_and(atdata_schema::is_old_type)
}

pub(super) fn read_list<T>(
    node: &Node<'_>,
    expected: &'static str,
    problems: &mut Problems,
    mut read: impl FnMut(&Node<'_>, &mut Problems) -> Option<T>,
) -> Option<Vec<T>> {
    let Some(items) = node.items() else {
        node.unexpected(expected, problems);
        return None;
    };
    let (mut list, mut count) = (Vec::new(), 0);
    for item in items {
        count += 1;
        list.extend(read(&item, problems));
    }
    (list.len() == count).then_some(list)
}

/// An object that is being written, in the order of Python's keys.
pub(super) struct Writer(Map<String, Value>);

impl Writer {
    pub(super) fn new() -> Self {
        Self(Map::new())
    }

    pub(super) fn of_type(nsid: &str) -> Self {
        Self::new().member("$type", nsid)
    }

    pub(super) fn member(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    pub(super) fn optional(self, key: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.member(key, value),
            None => self,
        }
    }

    /// What was read beside the known members; those win.
    pub(super) fn finish(mut self, rest: &Map<String, Value>) -> Value {
        for (key, value) in rest {
            if !self.0.contains_key(key) {
                self.0.insert(key.clone(), value.clone());
            }
        }
        self.0.into()
    }
}
