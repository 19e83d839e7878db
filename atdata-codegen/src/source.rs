//! Input: the records that are read, from files, folders, lock files and text.

use std::fs;
use std::path::{Path, PathBuf};

use atdata_schema::reading::{Part, escape, parse_json, split};
use atdata_schema::{SchemaRecord, SchemaReference, SchemaTarget};
use serde_json::Value;

use crate::Error;
use crate::error::{Problem, finish};
use crate::lexicon;
use crate::lock::{LOCK_FILE, Lock};
use crate::selector::Key;

/// Of a file that is none of JSON, in all likelihood a shard.
const NO_TEXT: &str = "expected a schema record, which is JSON, found bytes that are no text; of shards `atdata schema infer` \
     makes a record, and `atdata-codegen generate --from-shards` a type";

/// One record and where it comes from.
#[derive(Debug)]
pub(crate) struct Source {
    /// The file, as it was named.
    pub(crate) file: String,
    /// The file as generated code names it: from where it was looked for, so that the code is the same from everywhere.
    pub(crate) label: String,
    /// The place of the record in the file.
    pub(crate) pointer: String,
    pub(crate) authority: Option<String>,
    pub(crate) uri: Option<String>,
    pub(crate) cid: Option<String>,
    /// Whether the record has the local form.
    pub(crate) local: bool,
    pub(crate) json: Value,
    pub(crate) record: SchemaRecord,
    /// Where its JSON Schema has properties, and a type for all other values.
    open: Vec<String>,
}

impl Source {
    pub(crate) fn key(&self) -> Key<'_> {
        let schema = &self.record.schema;
        Key { authority: self.authority.as_deref(), name: &schema.name, version: &schema.version }
    }

    /// Whether it is published by that handle or DID.
    pub(crate) fn is_of(&self, authority: &str) -> bool {
        self.authority.as_deref() == Some(authority)
            || self.uri.as_deref().and_then(authority_of_uri).as_deref() == Some(authority)
    }

    /// The place as a problem has it: `pointer` is one inside of the record.
    pub(crate) fn problem(&self, pointer: &str, message: impl Into<String>) -> Problem {
        Problem::new(&self.file, format!("{}{pointer}", self.pointer), message)
    }

    /// Notes of objects that may have values beside their properties: no struct has fields for them.
    pub(crate) fn values_in_no_field(&self) -> Vec<Problem> {
        let message = "values beside its `properties` are in no field of the type";
        self.open.iter().map(|place| self.problem(place, message)).collect()
    }

    /// By which equal inputs come in the same order, whatever order they were given in.
    pub(crate) fn order(&self) -> impl Ord + '_ {
        let schema = &self.record.schema;
        let version = atdata_schema::Version::parse(&schema.version).ok();
        (&self.authority, &schema.name, version, &schema.version, &self.file, &self.pointer)
    }
}

/// Schema records, read from files, folders, a lock file, or text.
///
/// Records may refer to one another, so all that belong together are read into one value. Reading does not fail:
/// what is wrong with any file is reported by [`check`](Self::check), and by whatever uses the records.
///
/// ```
/// use atdata_codegen::Schemas;
///
/// let mut schemas = Schemas::new();
/// schemas.parse("text.json", r#"{"name": "Text", "version": "1.0.0", "fields": [
///     {"name": "text", "fieldType": {"$type": "local#primitive", "primitive": "str"}}]}"#);
/// schemas.parse("bad.json", r#"{"name": "Bad", "fields": 3}"#);
/// assert_eq!(schemas.len(), 1);
/// assert_eq!(
///     schemas.check().unwrap_err().to_string(),
///     "bad.json at /fields: expected a list of fields, found 3",
/// );
/// ```
#[derive(Debug, Default)]
pub struct Schemas {
    pub(crate) sources: Vec<Source>,
    pub(crate) problems: Vec<Problem>,
    files: Vec<PathBuf>,
}

impl Schemas {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of records that could be read.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Whether no record could be read.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// The records that could be read, in the order of reading.
    pub fn records(&self) -> impl Iterator<Item = &SchemaRecord> {
        self.sources.iter().map(|source| &source.record)
    }

    /// All files and folders that were looked at: what a build depends on.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// All that was wrong so far.
    ///
    /// # Errors
    /// Every problem of every file, if there is any.
    pub fn check(&self) -> Result<(), Error> {
        finish(self.problems.clone())
    }

    /// Reads a file, a folder with all that is in it, or an `atdata.lock` with all that it pins.
    ///
    /// A file holds a record, a list of records, what a server answers to `getRecord` or `listRecords`, an object with
    /// records in `defs`, a lexicon, or the JSON Schema of an object with a title, as the crate `schemars` writes it of a
    /// struct: version 1.0.0 of a type of that name. In a folder the files that end in `.json` count. Files in
    /// `published/<authority>/` are of that authority.
    pub fn read(&mut self, path: impl AsRef<Path>) -> &mut Self {
        let path = path.as_ref();
        let before = (self.sources.len(), self.problems.len());
        let base = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
        self.read_below(path, base);
        if path.is_dir() && before == (self.sources.len(), self.problems.len()) {
            let message = "expected records, in files that end in `.json`, found none in the folder";
            self.problems.push(Problem::new(&shown(path), "", message));
        }
        self
    }

    fn read_below(&mut self, path: &Path, base: &Path) {
        self.files.push(path.to_owned());
        if path.is_dir() {
            self.read_folder(path, base);
        } else if path.file_name().is_some_and(|name| name == LOCK_FILE) {
            self.read_lock(path);
        } else if let Some(json) = self.read_text(path) {
            let label = shown(path.strip_prefix(base).unwrap_or(path));
            self.add([&shown(path), &label], authority_of(path).as_deref(), &json);
        }
    }

    /// Reads what a file of this name would hold.
    pub fn parse(&mut self, file: &str, json: &str) -> &mut Self {
        self.add([file, file], authority_of(Path::new(file)).as_deref(), json);
        self
    }

    fn read_text(&mut self, path: &Path) -> Option<String> {
        match fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) => {
                let problem = match error.kind() {
                    std::io::ErrorKind::InvalidData => NO_TEXT.to_owned(),
                    _ => format!("cannot be read: {error}"),
                };
                self.problems.push(Problem::new(&shown(path), "", problem));
                None
            }
        }
    }

    fn read_folder(&mut self, folder: &Path, base: &Path) {
        let entries = fs::read_dir(folder)
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>());
        match entries {
            Ok(mut paths) => {
                paths.sort();
                for path in paths {
                    if path.is_dir() || path.extension().is_some_and(|extension| extension == "json") {
                        self.read_below(&path, base);
                    }
                }
            }
            Err(error) => self.problems.push(Problem::new(&shown(folder), "", format!("cannot be read: {error}"))),
        }
    }

    fn read_lock(&mut self, path: &Path) {
        let Some(text) = self.read_text(path) else { return };
        let file = shown(path);
        let lock = match Lock::parse(&file, &text) {
            Ok(lock) => lock,
            Err(error) => return self.problems.extend(error.problems().iter().cloned()),
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        for (name, pin) in lock.pins() {
            let pinned = folder.join(name);
            self.files.push(pinned.clone());
            let Some(json) = self.read_text(&pinned) else { continue };
            let first = self.sources.len();
            self.add([&shown(&pinned), name], authority_of(&pinned).as_deref(), &json);
            for source in self.sources.get_mut(first..).unwrap_or_default() {
                let found = source.record.schema.fingerprint();
                if found != pin.fingerprint {
                    let message = format!(
                        "expected the fingerprint {} that {file} pins, found {found}: the record has changed; see \
                         `atdata-codegen verify`, or pin it anew with `atdata-codegen add`",
                        pin.fingerprint,
                    );
                    self.problems.push(source.problem("", message));
                }
                source.authority = authority(source.authority.take(), &pin.uri);
                source.uri = Some(pin.uri.clone());
                source.cid = Some(pin.cid.clone());
            }
        }
    }

    fn add(&mut self, names: [&str; 2], authority: Option<&str>, json: &str) {
        let [file, _] = names;
        let value = match parse_json(json) {
            Ok(value) => value,
            Err(error) => return self.problems.push(Problem::unexpected(file, "", "JSON", error)),
        };
        match split(value, lexicon::split) {
            Ok(parts) => parts.into_iter().for_each(|part| self.add_part(names, authority, part)),
            Err(wrong) => self.problems.extend(
                wrong.into_iter().map(|(place, expected, found)| Problem::unexpected(file, place, expected, found)),
            ),
        }
    }

    fn add_part(&mut self, [file, label]: [&str; 2], authority: Option<&str>, part: Part) {
        let record = match SchemaRecord::from_json(&part.record) {
            Ok(record) => record,
            Err(error) => {
                return self.problems.extend(error.problems().iter().map(|problem| {
                    let inside = problem.pointer().strip_prefix(part.around).unwrap_or_else(|| problem.pointer());
                    let place = format!("{}{inside}", part.pointer);
                    Problem::unexpected(file, place, problem.expected(), problem.found())
                }));
            }
        };
        let local = SchemaRecord::is_local(&part.record);
        let mut open = Vec::new();
        if let Some(schema) = part.record.get("schema").filter(|_| !local) {
            open_objects(schema, &mut "/schema".to_owned(), &mut open);
        }
        // The places of a schema without a record around it are its own.
        let open = open.iter().map(|place| place.strip_prefix(part.around).unwrap_or(place).to_owned()).collect();
        let authority =
            part.uri.as_deref().and_then(authority_of_uri).or(part.authority).or_else(|| authority.map(str::to_owned));
        let source = Source {
            file: file.to_owned(),
            label: label.to_owned(),
            pointer: part.pointer,
            authority,
            uri: part.uri,
            cid: part.cid,
            local,
            json: part.record,
            record,
            open,
        };
        self.problems.extend(misnamed(&source));
        self.sources.push(source);
    }
}

/// The places of JSON Schemas with properties, and with a type for all other values.
fn open_objects(value: &Value, place: &mut String, found: &mut Vec<String>) {
    // In these are values, or schemas of other values.
    const OTHERS: [&str; 5] = ["const", "default", "enum", "examples", "jsonSchema"];
    let is_object = |key: &str| value.get(key).and_then(Value::as_object).is_some_and(|members| !members.is_empty());
    if is_object("properties") && (is_object("additionalProperties") || is_object("patternProperties")) {
        found.push(place.clone());
    }
    let mut inside = |step: &str, value: &Value| {
        let end = place.len();
        place.push('/');
        place.push_str(&escape(step));
        open_objects(value, place, found);
        place.truncate(end);
    };
    match value {
        Value::Object(members) => {
            let schemas = members.iter().filter(|(key, _)| !OTHERS.contains(&key.as_str()));
            schemas.for_each(|(key, value)| inside(key, value));
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(at, item)| inside(&at.to_string(), item)),
        _ => {}
    }
}

/// The path as messages and generated code show it: the same on all systems.
pub(crate) fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// `alice.example` of `…/published/alice.example/Photo@1.0.0.json`
fn authority_of(path: &Path) -> Option<String> {
    let folder = path.parent()?;
    let is_published = folder.parent()?.file_name()? == "published";
    is_published.then(|| folder.file_name().map(|name| name.to_string_lossy().into_owned())).flatten()
}

/// Who publishes what is at an address: `did:plc:abc` for `at://did:plc:abc/science.alt.dataset.schema/3k2a`, and none for
/// a reference to an index at hand.
pub fn authority_of_uri(uri: &str) -> Option<String> {
    match uri.parse::<SchemaReference>().ok()?.target() {
        SchemaTarget::Published { authority, .. } | SchemaTarget::Record { authority, .. } => Some(authority.clone()),
        _ => None,
    }
}

/// The folder's name, which may be a handle where the address has a DID; but a DID cannot be the name of a folder.
fn authority(folder: Option<String>, uri: &str) -> Option<String> {
    match (folder, authority_of_uri(uri)) {
        (Some(folder), Some(published)) if folder == published.replace(':', "_") => Some(published),
        (folder, published) => folder.or(published),
    }
}

/// A file `Photo@1.0.0.json` that holds something else.
fn misnamed(source: &Source) -> Option<Problem> {
    let name = source.file.rsplit('/').next()?;
    let stem = name.strip_suffix(".json").filter(|stem| stem.contains('@') && source.pointer.is_empty())?;
    let schema = &source.record.schema;
    let own = format!("{}@{}", schema.name, schema.version);
    (stem != own).then(|| source.problem("", format!("expected {stem}, as the file is called, found {own}")))
}
