//! Options of records: how they are written.

/// How an entry is written, and what is let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct WriteOptions {
    /// How the metadata of an entry is written.
    pub metadata: MetadataForm,
    /// Bytes of a blob; the lexicon's own limit holds as well.
    pub max_blob: u64,
    /// Bytes of a whole record as JSON.
    pub max_record: usize,
    /// Whether shards may be on hosts that only some machines reach, such as `localhost`.
    pub private_hosts: bool,
}

/// The two ways to write the metadata of an entry. Both are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum MetadataForm {
    /// A JSON object, as Python writes since 0.4, though the lexicon says bytes. It can hold no fractions.
    #[default]
    Object,
    /// A msgpack map as `$bytes`, as the lexicon says. Servers give it back without padding, which Python cannot read.
    Bytes,
}

impl WriteOptions {
    /// Bytes of a blob, as Python limits them.
    pub const MAX_BLOB: u64 = 50_000_000;
    /// Bytes of a record as JSON: the PDS takes requests of a million bytes, of which some are for what is around the
    /// record.
    pub const MAX_RECORD: usize = 1_000_000 - 2048;
    /// The same for servers before that: they took 150 KiB.
    pub const MAX_RECORD_OLD: usize = 150 * 1024 - 2048;

    /// Metadata as an object, the limits above, and public hosts only.
    pub const fn new() -> Self {
        Self {
            metadata: MetadataForm::Object,
            max_blob: Self::MAX_BLOB,
            max_record: Self::MAX_RECORD,
            private_hosts: false,
        }
    }

    /// Metadata in that form.
    pub const fn metadata(mut self, form: MetadataForm) -> Self {
        self.metadata = form;
        self
    }

    /// Blobs of up to so many bytes.
    pub const fn max_blob(mut self, bytes: u64) -> Self {
        self.max_blob = bytes;
        self
    }

    /// Records of up to so many bytes.
    pub const fn max_record(mut self, bytes: usize) -> Self {
        self.max_record = bytes;
        self
    }

    /// Shards on any host: for a network of one's own, and for tests.
    pub const fn with_private_hosts(mut self) -> Self {
        self.private_hosts = true;
        self
    }
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self::new()
    }
}
