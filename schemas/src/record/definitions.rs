//! Definitions inside of a JSON Schema, to which its properties refer: `#/$defs/Box`, as schema generators write them.

use super::looks::{is_sample, one_says_a_type};
use crate::node::Node;
use crate::owned::OwnedFieldType;
use crate::problem::Problems;
use crate::reference::SchemaReference;

/// A definition is read anew wherever it is referred to, so that a few of them could become very many types.
const MOST: usize = 1000;
/// So many may be inside one another: readers recurse.
const DEEPEST: usize = 32;

/// What is needed beside a node to read it.
pub(super) struct Reader<'d, 'p> {
    pub(super) problems: &'p mut Problems,
    /// Whether a record of atdata is around it: in another JSON Schema the keys of its notes may be anybody's.
    pub(super) is_ours: bool,
    /// Where pointers begin.
    body: Node<'d>,
    /// Name and version of the record's type.
    owner: Sample,
    /// The definitions that the node at hand is in.
    open: Vec<Open>,
    used: usize,
}

/// What a sample is referred to by.
#[derive(Clone)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) version: String,
}

/// What becomes of a definition.
pub(super) type ReadDefinition = fn(Option<Sample>, &Node<'_>, &mut Reader<'_, '_>) -> Option<OwnedFieldType>;

struct Open {
    pointer: String,
    /// What a reference back to it means: none where it is no sample.
    sample: Option<Sample>,
}

impl<'d, 'p> Reader<'d, 'p> {
    pub(super) fn new(body: Node<'d>, name: &str, version: &str, is_ours: bool, problems: &'p mut Problems) -> Self {
        let owner = Sample { name: name.to_owned(), version: version.to_owned() };
        Self { problems, is_ours, body, owner, open: Vec::new(), used: 0 }
    }
}

impl Sample {
    fn reference(&self) -> OwnedFieldType {
        OwnedFieldType::Ref(SchemaReference::local(&self.name, &self.version))
    }
}

/// The type that the definition gives; one that is around already is referred to.
///
/// `of` reads a definition, of a sample by the name and version that it has.
pub(super) fn read(
    pointer: &str,
    reference: &Node<'_>,
    reader: &mut Reader<'_, '_>,
    of: ReadDefinition,
) -> Option<OwnedFieldType> {
    if pointer == "#" {
        return Some(reader.owner.reference());
    }
    if let Some(open) = reader.open.iter().rev().find(|open| open.pointer == pointer) {
        let Some(sample) = &open.sample else {
            reference.unexpected("a definition that does not lead to itself alone", reader.problems);
            return None;
        };
        return Some(sample.reference());
    }
    reader.used += 1;
    if reader.used > MOST || reader.open.len() >= DEEPEST {
        let expected = format!("at most {MOST} uses of definitions, and {DEEPEST} inside one another");
        reference.wrong(expected, "one more".to_owned(), reader.problems);
        return None;
    }
    let steps: Vec<String> = pointer.strip_prefix("#/").map(steps).unwrap_or_default();
    let body = reader.body;
    let name = steps.last().cloned().unwrap_or_default();
    let found =
        (!steps.is_empty()).then(|| at(&body, &steps, |node| definition(pointer, &name, node, reader, of))).flatten();
    found.unwrap_or_else(|| {
        reference.unexpected("a definition in this schema, such as \"#/$defs/Box\"", reader.problems);
        None
    })
}

fn steps(pointer: &str) -> Vec<String> {
    pointer.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
}

/// What `read` makes of the node at the end of the steps.
fn at<R, F: FnOnce(&Node<'_>) -> R>(node: &Node<'_>, steps: &[String], read: F) -> Option<R> {
    match steps {
        [] => Some(read(node)),
        [first, rest @ ..] => at(&node.get(first)?, rest, read),
    }
}

fn definition(
    pointer: &str,
    name: &str,
    node: &Node<'_>,
    reader: &mut Reader<'_, '_>,
    of: ReadDefinition,
) -> Option<OwnedFieldType> {
    let is_other = ["anyOf", "oneOf"].iter().any(|key| node.get(key).is_some_and(|types| one_says_a_type(&types)));
    let is_sample = is_sample(node) && !is_other && node.get("$ref").is_none();
    let sample = is_sample.then(|| {
        let text = |key: &'static str, reader: &mut Reader<'_, '_>| node.optional_text(key, reader.problems);
        let name = text("title", reader).unwrap_or_else(|| name.to_owned());
        Sample { name, version: text("version", reader).unwrap_or_else(|| "1.0.0".to_owned()) }
    });
    reader.open.push(Open { pointer: pointer.to_owned(), sample: sample.clone() });
    let read = of(sample, node, reader);
    reader.open.pop();
    read
}
