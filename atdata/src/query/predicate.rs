//! `Predicate`: a value that says which samples are asked for.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use super::literal::{Literal, Op};
use crate::sample::DictSample;

/// Which samples of a type are asked for: a value that can be put together, printed, parsed and compared.
///
/// It is made of the fields of a type with `#[packable(query)]`, by `&`, `|` and `!`, or [parsed](Self::parse) of text,
/// as which it is printed. How values that are missing, NaN and values of different kinds compare is on the page
/// [queries](crate::docs::queries).
///
/// ```
/// use atdata::Packable;
/// use atdata::query::Predicate;
///
/// #[derive(Packable)]
/// #[packable(query)]
/// struct Photo {
///     label: String,
///     confidence: f64,
/// }
///
/// let cats = Photo::label().eq("cat") & Photo::confidence().gt(0.9);
/// assert_eq!(cats.to_string(), r#"label = "cat" and confidence > 0.9"#);
/// assert_eq!(Predicate::parse(r#"confidence > 0.9 and label = "cat""#)?, {
///     Photo::confidence().gt(0.9) & Photo::label().eq("cat")
/// });
/// assert!(cats.matches(&Photo { label: "cat".into(), confidence: 0.95 })?);
/// # Ok::<(), atdata::Error>(())
/// ```
#[must_use = "a predicate does nothing until a dataset is asked by it"]
pub struct Predicate<S> {
    /// Operands before what combines them: of any depth, and neither read, printed nor dropped by recursion.
    pub(super) nodes: Vec<Node>,
    of: PhantomData<fn(&S) -> bool>,
}

/// A part of a predicate.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Test(Path, Check),
    /// Of the one before it.
    Not,
    /// Of the two before it.
    And,
    Or,
}

/// Names of a field, and of those inside of it, on the wire.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Path(pub(super) Box<[Box<str>]>);

/// What is asked of a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Check {
    Compare(Op, Literal),
    In(Box<[Literal]>),
    Between(Literal, Literal),
    Null,
    Nan,
    Contains(Literal),
}

impl Node {
    /// How many of the parts before it it combines.
    pub(super) fn operands(&self) -> usize {
        match self {
            Self::Test(..) => 0,
            Self::Not => 1,
            Self::And | Self::Or => 2,
        }
    }
}

impl<S> Predicate<S> {
    pub(super) fn of_nodes(nodes: Vec<Node>) -> Self {
        Self { nodes, of: PhantomData }
    }

    pub(super) fn test(path: Path, check: Check) -> Self {
        Self::of_nodes(vec![Node::Test(path, check)])
    }

    fn joined(mut self, other: Self, by: Node) -> Self {
        self.nodes.extend(other.nodes);
        self.nodes.push(by);
        self
    }

    /// The same asked of samples without a type, such as those of a [manifest's rows](super::may_match) or of
    /// [`DictSample`]s.
    pub fn untyped(self) -> Predicate<DictSample> {
        Predicate::of_nodes(self.nodes)
    }

    /// The fields that it looks at, each once, as they are written in a predicate: `label`, `meta.score`.
    pub fn fields(&self) -> Vec<String> {
        let mut fields: Vec<String> = Vec::new();
        for node in &self.nodes {
            if let Node::Test(path, _) = node {
                let name = path.to_string();
                if !fields.contains(&name) {
                    fields.push(name);
                }
            }
        }
        fields
    }
}

impl<S> Predicate<S> {
    /// The fields of the sample itself that it looks at, or into, each once and by its name on the wire: `meta` of
    /// `meta.score`.
    pub fn outer_fields(&self) -> Vec<&str> {
        let mut fields: Vec<&str> = Vec::new();
        for node in &self.nodes {
            if let Node::Test(path, _) = node
                && let Some(name) = path.0.first()
                && !fields.contains(&&**name)
            {
                fields.push(name);
            }
        }
        fields
    }
}

impl<S> BitAnd for Predicate<S> {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.joined(other, Node::And)
    }
}

impl<S> BitOr for Predicate<S> {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.joined(other, Node::Or)
    }
}

/// True where the predicate is false, also of values that are missing: as in Python, and not as in SQL.
impl<S> Not for Predicate<S> {
    type Output = Self;

    fn not(mut self) -> Self {
        self.nodes.push(Node::Not);
        self
    }
}

impl<S> Clone for Predicate<S> {
    fn clone(&self) -> Self {
        Self::of_nodes(self.nodes.clone())
    }
}

/// Whether they ask the same in the same order; a literal NaN is equal to itself here.
impl<S> PartialEq for Predicate<S> {
    fn eq(&self, other: &Self) -> bool {
        self.nodes == other.nodes
    }
}

impl<S> fmt::Debug for Predicate<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Predicate({self})")
    }
}
