//! Content identifiers: the hash that names a record, an index entry or a blob, in the form of the network.
//!
//! A record or an entry is hashed as DAG-CBOR: a value has one encoding, whatever the order of its keys. A blob is hashed
//! as it is.
//!
//! ```
//! use atdata::cid::Cid;
//!
//! let entry = serde_json::json!({
//!     "schema_ref": "atdata://local/schema/MySample@1.0.0",
//!     "data_urls": ["/data/a-000000.tar"],
//! });
//! assert_eq!(Cid::of(&entry)?.to_string(), "bafyreih6ahcgqy6if455di3w7jyffpdkjeyrrgtht54hsw5tn5bwr3k6tm");
//!
//! let blob = Cid::of_raw(b"hello");
//! assert!(blob.to_string().starts_with("bafkrei"));
//! blob.verify(b"hello")?;
//! assert!(blob.verify(b"hell0").is_err());
//! # Ok::<(), atdata::Error>(())
//! ```

mod canonical;
#[cfg(feature = "atmosphere")]
mod record;

use std::fmt;
use std::str::FromStr;

use multihash::Multihash;
use serde_core::Serialize;
use sha2::{Digest, Sha256};

use crate::error::{Cause, Error, ErrorKind, Result};

/// Codec of values.
const DAG_CBOR: u64 = 0x71;
/// Codec of bytes as they are.
const RAW: u64 = 0x55;
/// The only hash that is made or verified.
const SHA2_256: u64 = 0x12;

#[derive(Debug, thiserror::Error)]
enum CidError {
    #[error("the value has no DAG-CBOR form: {0}")]
    NoForm(String),
    #[error("the bytes are not those of {expected}: they are those of {found}")]
    Mismatch { expected: Cid, found: Cid },
    #[error("cannot verify {0}: only SHA-256 is known")]
    UnknownHash(Cid),
    #[error("\"{}\" is not a CID: expected text such as \"bafyrei…\" or \"bafkrei…\"", crate::error::Printable(.0))]
    NotText(String),
    #[error("the bytes are not a CID, or more than one")]
    NotBytes,
}

impl Cause for CidError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Mismatch { .. } => ErrorKind::Corrupt,
            Self::UnknownHash(_) => ErrorKind::Unsupported,
            Self::NoForm(_) | Self::NotText(_) | Self::NotBytes => ErrorKind::InvalidInput,
        }
    }
}

/// A content identifier.
///
/// Those made here are CID version 1 with SHA-256, and print in base 32 (`bafyrei…` for values, `bafkrei…` for bytes).
/// Any CID can be parsed, kept and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cid(::cid::Cid);

impl Cid {
    /// The CID of a value's [DAG-CBOR](dag_cbor).
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a value that has none.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        dag_cbor(value).map(|bytes| Self::of_dag_cbor(&bytes))
    }

    /// The CID of a record of the network, in its JSON, as its server has it: what is `{"$link": …}` there is a CID, and
    /// `{"$bytes": …}` are bytes. Without these it is that [of](Self::of) the value.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a record that has none.
    #[cfg(feature = "atmosphere")]
    pub fn of_record(record: &serde_json::Value) -> Result<Self> {
        let bytes = record::dag_cbor(record).map_err(CidError::NoForm)?;
        Ok(Self::of_dag_cbor(&bytes))
    }

    /// The CID of bytes that are DAG-CBOR already; like Python, this does not look whether they are.
    pub fn of_dag_cbor(bytes: &[u8]) -> Self {
        Self::hash(DAG_CBOR, bytes)
    }

    /// The CID of bytes as they are: a shard, a blob.
    pub fn of_raw(bytes: &[u8]) -> Self {
        Self::hash(RAW, bytes)
    }

    /// The CID of a blob whose SHA-256 is known already, as that of a written shard is.
    pub fn of_raw_digest(sha256: [u8; 32]) -> Self {
        Self::with_digest(RAW, sha256)
    }

    fn hash(codec: u64, bytes: &[u8]) -> Self {
        Self::with_digest(codec, Sha256::digest(bytes).into())
    }

    fn with_digest(codec: u64, sha256: [u8; 32]) -> Self {
        // The digest has room: 32 of 64 bytes.
        let hash = Multihash::wrap(SHA2_256, &sha256).unwrap_or_default();
        Self(::cid::Cid::new_v1(codec, hash))
    }

    /// Whether it names bytes as they are, not a value.
    pub fn is_raw(&self) -> bool {
        self.0.codec() == RAW
    }

    /// Whether its hash is the one that is verified here.
    #[cfg(feature = "atmosphere")]
    pub(crate) fn is_sha256(&self) -> bool {
        self.0.hash().code() == SHA2_256 && self.digest().len() == 32
    }

    /// The digest: of a blob, the SHA-256 of its bytes.
    pub fn digest(&self) -> &[u8] {
        self.0.hash().digest()
    }

    /// The SHA-256 of the bytes, if it names bytes as they are by it.
    #[cfg(feature = "atmosphere")]
    pub(crate) fn raw_sha256(&self) -> Option<&[u8]> {
        (self.is_raw() && self.0.hash().code() == SHA2_256).then(|| self.digest())
    }

    /// The binary form.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// Checks that these bytes (of a blob, or of a value's DAG-CBOR) are the ones named.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt) if they are not, [`Unsupported`](ErrorKind::Unsupported) for a hash other than
    /// SHA-256.
    pub fn verify(&self, bytes: &[u8]) -> Result<()> {
        if self.0.hash().code() != SHA2_256 {
            return Err(CidError::UnknownHash(*self).into());
        }
        let found = Self::hash(self.0.codec(), bytes);
        // Version 0 has the same digest in another wrapping.
        if found.digest() != self.digest() {
            return Err(CidError::Mismatch { expected: *self, found }.into());
        }
        Ok(())
    }

    /// Checks that bytes with this SHA-256 are the ones named.
    #[cfg(feature = "atmosphere")]
    pub(crate) fn verify_digest(&self, sha256: [u8; 32]) -> Result<()> {
        let found = Self::with_digest(self.0.codec(), sha256);
        if found.digest() == self.digest() { Ok(()) } else { Err(CidError::Mismatch { expected: *self, found }.into()) }
    }

    /// Checks that this value is the one named. Errors as in [`verify`](Self::verify) and [`of`](Self::of).
    pub fn verify_value<T: Serialize + ?Sized>(&self, value: &T) -> Result<()> {
        self.verify(&dag_cbor(value)?)
    }
}

/// `bafyrei…`
impl fmt::Display for Cid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

impl FromStr for Cid {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        // The parser also takes a path that ends with a CID, which is no CID.
        let cid = if text.contains('/') { None } else { ::cid::Cid::try_from(text).ok() };
        cid.map(Self).ok_or_else(|| CidError::NotText(text.to_owned()).into())
    }
}

impl TryFrom<&[u8]> for Cid {
    type Error = Error;

    fn try_from(bytes: &[u8]) -> Result<Self> {
        let cid = ::cid::Cid::try_from(bytes).ok().filter(|cid| cid.encoded_len() == bytes.len());
        cid.map(Self).ok_or_else(|| CidError::NotBytes.into())
    }
}

/// The one DAG-CBOR encoding of a value, byte for byte what Python atdata hashes.
///
/// Keys are sorted by length, then bytes; integers have their shortest form, from -2^64 to 2^64 - 1; floats have 64 bits,
/// also those that are whole numbers, and negative zero is zero.
///
/// A map of the form `{"$link": …}` or `{"$bytes": …}` is a map like any other, as in Python. Bytes that begin with a CID
/// are a link to it, as in Python too.
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for NaN and infinities, integers out of range, and keys that are not text.
///
/// ```
/// let bytes = atdata::cid::dag_cbor(&serde_json::json!({"b": 1, "a": 2, "aa": 3}))?;
/// assert_eq!(bytes, b"\xa3\x61a\x02\x61b\x01\x62aa\x03");
/// # Ok::<(), atdata::Error>(())
/// ```
pub fn dag_cbor<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    let encoded = serde_ipld_dagcbor::to_vec(value).map_err(|error| CidError::NoForm(error.to_string()))?;
    Ok(canonical::as_python(&encoded))
}
