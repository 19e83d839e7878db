//! Verifications: that somebody has checked a lens.

use serde_json::{Map, Value};

use super::object::{Writer, read_record};
use super::{Checksum, CodeReference, Record, WriteOptions, lexicon};
use crate::time::now;
use atdata_schema::RecordError;

/// A statement that a lens has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LensVerification {
    /// The AT URI of the lens.
    pub lens: String,
    /// The CID of the record of the lens that was checked.
    pub lens_commit: String,
    /// How it was checked: one of [`METHODS`](Self::METHODS), or something later.
    pub verification_method: String,
    /// When the record was made.
    pub created_at: String,
    /// The digest of the code.
    pub code_hash: Option<Checksum>,
    /// Where the proof is.
    pub proof_ref: Option<CodeReference>,
    /// What was checked.
    pub description: Option<String>,
    /// What else the record says.
    pub other: Map<String, Value>,
}

impl LensVerification {
    /// The ways to check a lens that the lexicon knows; the list is open.
    pub const METHODS: [&'static str; 4] = ["codeReview", "formalProof", "signedHash", "automatedTest"];

    /// A verification that is made now.
    pub fn new(
        lens: impl Into<String>,
        lens_commit: impl Into<String>,
        verification_method: impl Into<String>,
    ) -> Self {
        Self {
            lens: lens.into(),
            lens_commit: lens_commit.into(),
            verification_method: verification_method.into(),
            created_at: now(),
            code_hash: None,
            proof_ref: None,
            description: None,
            other: Map::new(),
        }
    }

    /// The same verification, made at that time.
    #[must_use]
    pub fn created_at(mut self, time: impl Into<String>) -> Self {
        self.created_at = time.into();
        self
    }

    /// The same verification with the digest of the code.
    #[must_use]
    pub fn with_code_hash(mut self, hash: Checksum) -> Self {
        self.code_hash = Some(hash);
        self
    }

    /// The same verification with the place of its proof.
    #[must_use]
    pub fn with_proof(mut self, proof: CodeReference) -> Self {
        self.proof_ref = Some(proof);
        self
    }

    /// The same verification with a description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Reads a verification.
    ///
    /// # Errors
    /// All that is wrong with it, each thing with its place.
    pub fn from_json(value: &Value) -> Result<Self, RecordError> {
        let expected = "the type of a verification, \"science.alt.dataset.lensVerification\"";
        read_record(value, "verification record", &["lensVerification"], expected, |reader| {
            let lens = reader.text("lens");
            let lens_commit = reader.text("lensCommit");
            let verification_method = reader.text("verificationMethod");
            let created_at = reader.text("createdAt");
            let code_hash = reader.optional("codeHash", Checksum::read);
            let proof_ref = reader.optional("proofRef", CodeReference::read);
            let description = reader.optional_text("description");
            let other = reader.rest();
            Some(Self {
                lens: lens?,
                lens_commit: lens_commit?,
                verification_method: verification_method?,
                created_at: created_at?,
                code_hash,
                proof_ref,
                description,
                other,
            })
        })
    }

    /// The verification as it stands, unchecked.
    pub fn to_json(&self) -> Value {
        Writer::of_type(Self::COLLECTION)
            .member("lens", self.lens.as_str())
            .member("lensCommit", self.lens_commit.as_str())
            .member("verificationMethod", self.verification_method.as_str())
            .member("createdAt", self.created_at.as_str())
            .optional("codeHash", self.code_hash.as_ref().map(Checksum::to_json))
            .optional("proofRef", self.proof_ref.as_ref().map(CodeReference::to_json))
            .optional("description", self.description.as_deref())
            .finish(&self.other)
    }

    /// The verification as it is sent.
    ///
    /// # Errors
    /// What its lexicon does not allow.
    pub fn to_atproto(&self) -> Result<Value, RecordError> {
        lexicon::checked::<Self>(self.to_json(), "verification record", &WriteOptions::new())
    }
}
