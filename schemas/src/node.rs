//! JSON pointers: a place in a document, that is a value and how one got there.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::problem::{Problem, Problems, describe};

/// Deeper nesting than this is refused: readers recurse.
const MAX_DEPTH: usize = 64;

/// Private to the library.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    /// What is there.
    pub value: &'a Value,
    step: Step<'a>,
    parent: Option<&'a Node<'a>>,
    depth: usize,
}

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Root,
    Member(&'a str),
    Item(usize),
}

impl<'a> Node<'a> {
    /// The record itself.
    pub fn root(value: &'a Value) -> Self {
        Self { value, step: Step::Root, parent: None, depth: 0 }
    }

    /// A member that is not null: in these records null says no more than absence.
    pub fn get(&'a self, key: &'a str) -> Option<Self> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(self.child(value, Step::Member(key)))
    }

    /// The items of a list.
    pub fn items(&'a self) -> Option<impl Iterator<Item = Self>> {
        let items = self.value.as_array()?;
        Some(items.iter().enumerate().map(|(i, value)| self.child(value, Step::Item(i))))
    }

    /// The members of an object, those that are null as well.
    pub fn members(&'a self) -> Option<impl Iterator<Item = (&'a str, Self)>> {
        let members = self.value.as_object()?;
        Some(members.iter().map(|(key, value)| (key.as_str(), self.child(value, Step::Member(key)))))
    }

    fn child(&'a self, value: &'a Value, step: Step<'a>) -> Self {
        Self { value, step, parent: Some(self), depth: self.depth + 1 }
    }

    /// The JSON pointer, with `~` and `/` of keys escaped.
    pub fn pointer(&self) -> String {
        let mut pointer = self.parent.map_or_else(String::new, Node::pointer);
        match self.step {
            Step::Root => {}
            Step::Member(key) => {
                pointer.push('/');
                pointer.push_str(&escape_key(key));
            }
            Step::Item(index) => {
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
        }
        pointer
    }

    /// Reports that the value is not what was expected.
    pub fn unexpected(&self, expected: impl Into<Cow<'static, str>>, problems: &mut Problems) {
        self.wrong(expected, describe(self.value), problems);
    }

    /// The same, with words of one's own for what was found.
    pub fn wrong(&self, expected: impl Into<Cow<'static, str>>, found: String, problems: &mut Problems) {
        problems.push(Problem::new(self.pointer(), expected, found));
    }

    /// Reports a member that is not there.
    pub fn missing(&self, key: &str, expected: &'static str, problems: &mut Problems) {
        let pointer = format!("{}/{}", self.pointer(), escape_key(key));
        problems.push(Problem::new(pointer, expected, "nothing".to_owned()));
    }

    /// How many objects and lists are around it.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Whether it is not nested too deeply to be read.
    pub fn is_shallow(&self, problems: &mut Problems) -> bool {
        let shallow = self.depth <= MAX_DEPTH;
        if !shallow {
            let expected = format!("at most {MAX_DEPTH} levels of nesting");
            self.wrong(expected, "one more".to_owned(), problems);
        }
        shallow
    }

    /// The members; reported where it is no object.
    pub fn object(&self, problems: &mut Problems) -> Option<&'a Map<String, Value>> {
        let object = self.value.as_object();
        if object.is_none() {
            self.unexpected("an object", problems);
        }
        object
    }

    /// The text; reported where it is none.
    pub fn text(&self, expected: &'static str, problems: &mut Problems) -> Option<&'a str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.unexpected(expected, problems);
        }
        text
    }

    /// Text of at most so many bytes: a lexicon's `maxLength` counts bytes of UTF-8.
    pub fn limited(&self, limit: usize, expected: &'static str, problems: &mut Problems) -> Option<&'a str> {
        let text = self.text(expected, problems)?;
        if text.len() > limit {
            self.wrong(format!("{expected} of at most {limit} bytes"), format!("{} bytes", text.len()), problems);
            return None;
        }
        Some(text)
    }

    /// A member that is true or false; absent is false.
    pub fn flag(&'a self, key: &'a str, problems: &mut Problems) -> bool {
        let Some(node) = self.get(key) else { return false };
        let flag = node.value.as_bool();
        if flag.is_none() {
            node.unexpected("true or false", problems);
        }
        flag.unwrap_or(false)
    }

    /// A member that is text, if it is there.
    pub fn optional_text(&'a self, key: &'a str, problems: &mut Problems) -> Option<String> {
        self.get(key)?.text("text", problems).map(str::to_owned)
    }
}

fn escape_key(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) { key.replace('~', "~0").replace('/', "~1").into() } else { key.into() }
}
