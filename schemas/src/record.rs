//! Schema records: a schema with what is written about it, in either JSON form.

pub(crate) mod datetime;
mod definitions;
mod looks;
mod property;
mod values;

use serde_json::{Map, Value, json};

use crate::namespace::is_schema_type;
use crate::node::Node;
use crate::owned::OwnedSchema;
use crate::problem::{Problem, Problems, RecordError};
use crate::{local, python_json};

/// The type of the records that are written.
const SCHEMA_NSID: &str = "science.alt.dataset.schema";
/// The format of the records that are written, and the highest that is read.
const FORMAT: u64 = 1;

/// What the lexicon allows in a schema record: bytes of UTF-8, or numbers of items.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Limits;

impl Limits {
    /// Bytes of the name of a sample type.
    pub const NAME: usize = 100;
    /// Bytes of a version.
    pub const VERSION: usize = 100;
    /// Bytes of a description.
    pub const DESCRIPTION: usize = 5000;
    /// Bytes of a licence.
    pub const LICENSE: usize = 200;
    /// Number of tags.
    pub const TAGS: usize = 30;
    /// Bytes of a tag.
    pub const TAG: usize = 150;
}

/// A schema with the time of its record and what the record says beside it.
///
/// There are two JSON forms. Indexes store the **local** form; accounts on the network publish the **`ATProto`** form,
/// whose middle is a JSON Schema. Both are read in every spelling that Python atdata has written, and written so that
/// Python reads them.
///
/// ```
/// use atdata_schema::{Dtype, OwnedArrayType, OwnedField, OwnedFieldType, OwnedSchema, SchemaRecord};
///
/// let pixels = OwnedArrayType::new(Some(Dtype::UInt8)).shaped([None, None, Some(3)]);
/// let photo = OwnedSchema::new("Photo", "1.0.0", vec![
///     OwnedField::new("image", OwnedFieldType::Array(pixels)),
///     OwnedField::new("label", OwnedFieldType::Str).optional(true),
/// ]);
/// let record = SchemaRecord::new(photo).created_at("2026-03-01T12:00:00Z");
///
/// let published = record.to_atproto()?;
/// assert_eq!(published["schema"]["properties"]["image"]["dtype"], "uint8");
/// assert_eq!(published["schema"]["required"], serde_json::json!(["image"]));
///
/// assert_eq!(SchemaRecord::from_json(&published)?, record);
/// assert_eq!(SchemaRecord::from_json(&record.to_local())?, record);
/// # Ok::<(), atdata_schema::RecordError>(())
/// ```
///
/// # What is not the same in both
///
/// | | local | `ATProto` |
/// |---|---|---|
/// | version | any text | semantic |
/// | lengths | any | those of the lexicon ([`Limits`]), on reading and on writing |
/// | time | may be absent; one that is no time is taken for absent | needed to write |
/// | [`metadata`](Self::metadata) | not stored | stored |
/// | order of fields | kept | may be lost: see below |
///
/// A server that stores an `ATProto` record sorts the properties of its JSON Schema. Samples are read by name, so nothing
/// is lost but the order in which a new struct would list its fields: required fields then come first, in their
/// order, and optional ones after them. Where Python is to read the record, declare optional fields last, or write the
/// record of [`required_first`](OwnedSchema::required_first).
///
/// # Types that Python does not have
///
/// Enums, maps, nested samples, nullable elements, references and untyped values do not fit Python's forms. They are written
/// so that Python takes the field for text, which it checks nowhere, and so reads and writes the values unharmed. Field
/// descriptions and defaults are keys that it ignores, and so is what is said of samples whose fields are members of their
/// own, `layout`, `key`, `allowUnknown` and `codecs` beside the fields, `member` and `codec` in each, of bytes that are images, `image`, of values that a JSON
/// Schema describes, `jsonSchema`, and of what manifests have, `manifest`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SchemaRecord {
    /// The schema.
    pub schema: OwnedSchema,
    /// When the record was made, as in `2026-03-01T12:00:00Z`.
    pub created_at: Option<String>,
    /// `license`, `tags`, and whatever else the publisher adds.
    pub metadata: Option<Map<String, Value>>,
}

/// What a record is of, for a [`SchemaDiff`](crate::SchemaDiff) or a migration of what is stored.
impl From<SchemaRecord> for OwnedSchema {
    fn from(record: SchemaRecord) -> Self {
        record.schema
    }
}

impl From<&SchemaRecord> for OwnedSchema {
    fn from(record: &SchemaRecord) -> Self {
        record.schema.clone()
    }
}

impl SchemaRecord {
    /// A record without a time.
    pub fn new(schema: impl Into<OwnedSchema>) -> Self {
        Self { schema: schema.into(), created_at: None, metadata: None }
    }

    /// The same record, made at that time.
    #[must_use]
    pub fn created_at(mut self, time: impl Into<String>) -> Self {
        self.created_at = Some(time.into());
        self
    }

    /// The same record with metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Map<String, Value>) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// Reads a record of either form from JSON text.
    pub fn parse(json: &str) -> Result<Self, RecordError> {
        match parse_json(json) {
            Ok(value) => Self::from_json(&value),
            Err(error) => {
                let mut problems = Problems::default();
                problems.push(Problem::new(String::new(), "JSON", error.to_string()));
                problems.finish(None)
            }
        }
    }

    /// Reads a record of either form.
    pub fn from_json(value: &Value) -> Result<Self, RecordError> {
        let mut problems = Problems::default();
        let root = Node::root(value);
        let record = if Self::is_local(value) {
            read_local(&root, &mut problems)
        } else if value.get("schema").is_some() || value.get("schemaType").is_some() {
            read_atproto(&root, &mut problems)
        } else {
            let expected = "a schema record, with `fields` (local form) or `schema` (ATProto form)";
            root.unexpected(expected, &mut problems);
            None
        };
        problems.finish(record)
    }

    /// Whether a record is in the local form; nothing more of it is looked at.
    pub fn is_local(value: &Value) -> bool {
        value.get("fields").is_some() && value.get("schemaType").is_none()
    }

    /// The local form: key for key what Python stores for the same type.
    pub fn to_local(&self) -> Value {
        let mut members = local::write_schema(&self.schema);
        if let Some(time) = &self.created_at {
            members.insert("createdAt".to_owned(), time.as_str().into());
        }
        members.into()
    }

    /// The local form as the text that Python stores, byte for byte.
    pub fn to_local_json(&self) -> String {
        python_json(&self.to_local())
    }

    /// The `ATProto` form.
    ///
    /// # Errors
    /// What the lexicon does not allow: a text that is too long, a version that is not semantic, a record without its
    /// time, a number with a fraction in the metadata.
    pub fn to_atproto(&self) -> Result<Value, RecordError> {
        let mut record = json!({
            "$type": SCHEMA_NSID,
            "name": self.schema.name,
            "version": self.schema.version,
            "schemaType": "jsonSchema",
            "schema": property::write_body(&self.schema),
            "createdAt": self.created_at,
            "atdataSchemaVersion": FORMAT,
        });
        if let Some(members) = record.as_object_mut() {
            if let Some(description) = &self.schema.description {
                members.insert("description".to_owned(), description.as_str().into());
            }
            if let Some(metadata) = &self.metadata {
                members.insert("metadata".to_owned(), metadata.clone().into());
            }
        }
        let mut problems = Problems::default();
        let root = Node::root(&record);
        // What is written must be what is accepted back.
        let accepted = read_atproto(&root, &mut problems);
        if self.created_at.is_none() {
            root.missing("createdAt", datetime::EXPECTED, &mut problems);
        }
        problems.finish(accepted)?;
        Ok(record)
    }
}

/// The value of a text of JSON, before which some editors and shells write a byte order mark.
pub fn parse_json(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn read_local(node: &Node<'_>, problems: &mut Problems) -> Option<SchemaRecord> {
    check_type(node, problems);
    let schema = local::read_schema(node, problems);
    let time = node.value.get("createdAt").and_then(Value::as_str).filter(|text| datetime::is_datetime(text));
    // Not a key of this form: what an old record has there is kept, and not looked at.
    let metadata = node.value.get("metadata").and_then(Value::as_object).cloned();
    Some(SchemaRecord { schema: schema?, created_at: time.map(str::to_owned), metadata })
}

fn read_atproto(node: &Node<'_>, problems: &mut Problems) -> Option<SchemaRecord> {
    check_type(node, problems);
    // A record of a later format may differ in anything: say so, and nothing else.
    check_format(node, problems)?;
    if let Some(kind) = node.get("schemaType")
        && kind.value != "jsonSchema"
    {
        kind.unexpected("\"jsonSchema\"", problems);
    }
    let name = local::read_name(node, "name", problems);
    if let Some(name) = node.get("name").filter(|name| name.value.is_string()) {
        name.limited(Limits::NAME, "a name", problems);
    }
    let version = read_version(node, problems);
    let text = |key: &'static str, problems: &mut Problems| {
        node.get(key).and_then(|node| node.limited(Limits::DESCRIPTION, "text", problems).map(str::to_owned))
    };
    let description = text("description", problems);
    let fields = match node.get("schema") {
        Some(schema) => {
            let owner = [name.as_deref(), version.as_deref()].map(Option::unwrap_or_default);
            property::read_body(&schema, owner, is_ours(node), problems)
        }
        None => {
            node.missing("schema", "a JSON Schema", problems);
            None
        }
    };
    let created_at = read_time(node, problems);
    let metadata = read_metadata(node, problems);
    let schema = node.get("schema").filter(|_| is_ours(node));
    let layout = schema.and_then(|schema| crate::layout::read(&schema, problems));
    let schema = OwnedSchema { name: name?, version: version?, description, fields: fields?, layout };
    Some(SchemaRecord { schema, created_at, metadata })
}

/// Whether a record says that it is one of atdata, and is no JSON Schema of somebody else in the place of one: the keys of
/// notes, such as `codec` and `image`, may be anything there.
fn is_ours(node: &Node<'_>) -> bool {
    let has_type = |node: &Node<'_>| node.value.get("$type").is_some();
    has_type(node)
        || node.get("atdataSchemaVersion").is_some()
        || node
            .get("schema")
            .is_some_and(|body| has_type(&body) || body.value.get("layout").is_some_and(|layout| layout == "members"))
}

fn check_type(node: &Node<'_>, problems: &mut Problems) {
    let Some(nsid) = node.get("$type") else { return };
    // The record type is the lexicon's main definition, which may be spelled out.
    if !nsid.value.as_str().is_some_and(|text| is_schema_type(text.strip_suffix("#main").unwrap_or(text))) {
        nsid.unexpected("the type of a schema record, \"science.alt.dataset.schema\"", problems);
    }
}

fn check_format(node: &Node<'_>, problems: &mut Problems) -> Option<()> {
    let Some(format) = node.get("atdataSchemaVersion").or_else(|| node.get("$atdataSchemaVersion")) else {
        return Some(());
    };
    if format.value.as_u64() != Some(FORMAT) {
        format.unexpected("1, the record format that this release reads", problems);
        return None;
    }
    Some(())
}

fn read_version(node: &Node<'_>, problems: &mut Problems) -> Option<String> {
    let Some(version) = node.get("version") else { return Some("1.0.0".to_owned()) };
    let text = version.limited(Limits::VERSION, "a version", problems)?;
    if semver::Version::parse(text).is_err() {
        version.unexpected("a semantic version such as \"1.0.0\"", problems);
        return None;
    }
    Some(text.to_owned())
}

fn read_time(node: &Node<'_>, problems: &mut Problems) -> Option<String> {
    let time = node.get("createdAt")?;
    let text = time.text(datetime::EXPECTED, problems)?;
    if !datetime::has_offset(text) {
        time.unexpected(datetime::EXPECTED, problems);
    }
    Some(text.to_owned())
}

fn read_metadata(node: &Node<'_>, problems: &mut Problems) -> Option<Map<String, Value>> {
    let metadata = node.get("metadata")?;
    let members = metadata.object(problems)?;
    if let Some(license) = metadata.get("license") {
        license.limited(Limits::LICENSE, "text", problems);
    }
    if let Some(tags) = metadata.get("tags") {
        check_tags(&tags, problems);
    }
    check_numbers(&metadata, problems);
    Some(members.clone())
}

fn check_tags(node: &Node<'_>, problems: &mut Problems) {
    let Some(items) = node.items() else { return node.unexpected("a list of tags", problems) };
    let mut count = 0;
    for item in items {
        item.limited(Limits::TAG, "a tag", problems);
        count += 1;
    }
    if count > Limits::TAGS {
        node.wrong(format!("at most {} tags", Limits::TAGS), count.to_string(), problems);
    }
}

/// Servers refuse records with fractions: `ATProto` has integers only.
fn check_numbers(node: &Node<'_>, problems: &mut Problems) {
    if !node.is_shallow(problems) {
        return;
    }
    if node.value.is_f64() {
        node.unexpected("an integer or text (ATProto has no fractions)", problems);
    }
    for item in node.items().into_iter().flatten() {
        check_numbers(&item, problems);
    }
    for (_, member) in node.members().into_iter().flatten() {
        check_numbers(&member, problems);
    }
}
