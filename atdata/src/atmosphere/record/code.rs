//! References to code: where that of a lens is.

use atdata_schema::reading::{Node, Problems};
use serde_json::{Map, Value};

use super::object::{Reader, Writer};

/// Code at a commit of a repository. It is never downloaded or run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CodeReference {
    /// Address of the repository.
    pub repository: String,
    /// Hash of the commit.
    pub commit: String,
    /// Where in it: `module:function`.
    pub path: String,
    /// The branch that the commit was on.
    pub branch: Option<String>,
    /// Language of the code: `rust`, `python`, ….
    pub language: Option<String>,
    /// What else the record says of it.
    pub other: Map<String, Value>,
}

impl CodeReference {
    /// Code at a commit.
    pub fn new(repository: impl Into<String>, commit: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            repository: repository.into(),
            commit: commit.into(),
            path: path.into(),
            branch: None,
            language: None,
            other: Map::new(),
        }
    }

    /// The same with the branch.
    #[must_use]
    pub fn with_branch(mut self, branch: impl Into<String>) -> Self {
        self.branch = Some(branch.into());
        self
    }

    /// The same with the language.
    #[must_use]
    pub fn with_language(mut self, language: impl Into<String>) -> Self {
        self.language = Some(language.into());
        self
    }

    pub(super) fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let mut reader = Reader::of(node, problems)?;
        let repository = reader.text("repository");
        let commit = reader.text("commit");
        let path = reader.text("path");
        let branch = reader.optional_text("branch");
        let language = reader.optional_text("language");
        Some(Self { repository: repository?, commit: commit?, path: path?, branch, language, other: reader.rest() })
    }

    pub(super) fn to_json(&self) -> Value {
        Writer::new()
            .member("repository", self.repository.as_str())
            .member("commit", self.commit.as_str())
            .member("path", self.path.as_str())
            .optional("branch", self.branch.as_deref())
            .optional("language", self.language.as_deref())
            .finish(&self.other)
    }
}
