//! Inference: the record that samples fit, and what they could not tell.

mod field;
mod pictures;
mod seen;

use std::collections::HashMap;

use atdata_schema::{OwnedSchema, SchemaRecord};

use self::field::FieldSeen;
use crate::dataset::Dataset;
use crate::error::{Error, ErrorKind, Printable, Result};
use crate::sample::{DictSample, why_no_member};
use crate::shard::{Group, PAYLOAD, dotted_keys};
use crate::source::Shard;

/// More than that does not make the record better by much, and takes long.
const LOOKED_AT: usize = 1000;

/// A record that was [inferred](Dataset::infer), and what is to be looked at by hand.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Inferred {
    /// The record.
    pub record: SchemaRecord,
    /// What the samples could not tell, a line each.
    pub open: Vec<String>,
    /// What they have beside what the record says, a line each: which sizes of images, values that are none of their field's
    /// type, members that no field can take.
    pub notes: Vec<String>,
}

impl Dataset<DictSample> {
    /// A record that the first samples fit, a thousand at most: their fields in the order in which they were met, optional
    /// ones, the dtypes and sizes of arrays, and which bytes are images of which colour; a description has the formats and sizes
    /// of those that were seen. Of plain `WebDataset` shards the
    /// members are the fields; members in turns that are the same in two forms (`jpg` and `jpeg`) are one. `name` is that of
    /// the type; without it one is made of the name of a shard.
    ///
    /// All samples that are looked at fit the record (`index::check_sample`), but for damaged images and arrays that
    /// are a few of many, and members that have no name for a field, which the notes tell.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there are no samples,
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) if some are packed and others plain, and whatever is wrong with
    /// one that is looked at.
    ///
    /// ```
    /// use atdata::{Dataset, DictSample, Group};
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("photos.tar");
    /// # Dataset::write(&path, [Group::new("0001", [("txt", "a cat"), ("cls", "3")])])?;
    /// let inferred = Dataset::<DictSample>::open(&path)?.infer(Some("Photo"), "1.0.0")?;
    /// assert_eq!(inferred.record.schema.to_string(), "Photo@1.0.0 { txt: str, cls: int }");
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn infer(&self, name: Option<&str>, version: &str) -> Result<Inferred> {
        let name = name.map_or_else(|| name_of(self), str::to_owned);
        Found::of(self)?.inferred(&name, version)
    }

    /// Whether the samples are those of plain `WebDataset`, each field a member, and not packed; the first one tells, in
    /// whichever shard. Of standard input and pipes, which can be read but once, nothing is
    /// looked at.
    ///
    /// # Errors
    /// If a shard cannot be opened. What is wrong with samples is told where they are read.
    pub fn has_members(&self) -> Result<bool> {
        // Behind shards without samples.
        for shard in self.shards() {
            if shard.is_stream() {
                return Ok(false);
            }
            let groups = Dataset::<Group>::open(shard.clone())?.with_options(self.read_options().clone());
            if let Some(first) = groups.ordered().next() {
                return Ok(first.is_ok_and(|group| group.get(PAYLOAD).is_none()));
            }
        }
        Ok(false)
    }
}

/// What samples have shown.
#[derive(Default)]
struct Found {
    samples: usize,
    /// The fields as they were met.
    fields: Vec<FieldSeen>,
    /// Whether each field is a member, of which shard that is known.
    layout: Option<(bool, String)>,
}

impl Found {
    /// The first samples of a dataset.
    fn of(dataset: &Dataset<DictSample>) -> Result<Self> {
        let mut found = Self::default();
        let mut places = HashMap::new();
        let mut samples = dataset.ordered();
        while found.samples < LOOKED_AT
            && let Some(next) = samples.next_kept(|raw| raw.key().to_owned())
        {
            let (key, sample) = next?;
            if let Some((shard, has_members)) = samples.source() {
                found.is_of(shard, has_members && !is_packed_alone(&sample)).map_err(|error| error.with_key(&key))?;
            }
            found.add(&key, &sample, &mut places);
        }
        if found.samples == 0 {
            return Err(Error::new(ErrorKind::NotFound, "there are no samples"));
        }
        Ok(found)
    }

    /// Notes of which layout a shard is: all are of one.
    fn is_of(&mut self, shard: &str, has_members: bool) -> Result<()> {
        const PACKED: &str = "packed ones";
        const PLAIN: &str = "those of plain WebDataset, each field a member,";
        let Some((known, first)) = &self.layout else {
            self.layout = Some((has_members, shard.to_owned()));
            return Ok(());
        };
        if *known == has_members {
            return Ok(());
        }
        let (known, found) = if *known { (PLAIN, PACKED) } else { (PACKED, PLAIN) };
        let message = format!(
            "expected samples of one layout, found {found} behind {known} of {}: infer a type of each by itself, or bring them \
             to one layout with `atdata convert --layout members|packed`",
            Printable(first)
        );
        Err(Error::new(ErrorKind::SchemaMismatch, message).with_shard(shard))
    }

    fn add(&mut self, key: &str, sample: &DictSample, places: &mut HashMap<String, usize>) {
        for (name, value) in sample {
            let at = places.get(name).copied().unwrap_or_else(|| {
                places.insert(name.to_owned(), self.fields.len());
                self.fields.push(FieldSeen::new(name));
                self.fields.len() - 1
            });
            if let Some(field) = self.fields.get_mut(at) {
                field.add(self.samples, key, value);
            }
        }
        self.samples += 1;
    }

    fn inferred(self, name: &str, version: &str) -> Result<Inferred> {
        let is_plain = self.layout.is_some_and(|(has_members, _)| has_members);
        let mut notes = Vec::new();
        let fields = if is_plain { nameable(self.fields, &mut notes)? } else { self.fields };
        notes.splice(0..0, fields.iter().flat_map(FieldSeen::notes));
        if is_plain {
            let members = fields.iter().map(|field| (field.name(), field.samples() as u64));
            // Before what is said of each of them.
            notes.splice(0..0, dotted_keys(members, self.samples as u64));
        }
        let mut open: Vec<_> = fields.iter().filter_map(|field| field.open(is_plain)).collect();
        open.push("descriptions, defaults and lists of allowed texts are not in samples".to_owned());
        if self.samples == LOOKED_AT {
            open.push(format!("only the first {LOOKED_AT} samples were looked at"));
        }
        let fields: Vec<_> = fields.iter().map(|field| field.field(self.samples, is_plain)).collect();
        let schema = OwnedSchema::new(name, version, fields);
        let schema = if is_plain { schema.of_members(None) } else { schema };
        Ok(Inferred { record: SchemaRecord::new(schema), open, notes })
    }
}

/// Whether a plain sample is a packed one.
fn is_packed_alone(sample: &DictSample) -> bool {
    sample.len() == 1 && sample.get(PAYLOAD).is_some()
}

/// The members that fields can take, those in turns as one; the others are noted.
fn nameable(found: Vec<FieldSeen>, notes: &mut Vec<String>) -> Result<Vec<FieldSeen>> {
    let mut fields: Vec<FieldSeen> = Vec::new();
    for field in found {
        if let Some(reason) = why_no_member(field.name()) {
            let name = Printable(field.name());
            notes.push(format!(
                "`{name}` is left out, for that is no name of a member that a field can take: {reason}; \
                 `#[packable(allow_unknown)]` on the type passes over such members"
            ));
        } else if let Some(known) = fields.iter_mut().find(|known| known.is_either(&field)) {
            known.merge(field);
        } else {
            fields.push(field);
        }
    }
    if fields.is_empty() {
        let message = format!("no member has a name that a field can take: {}", notes.join("; "));
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    Ok(fields)
}

/// A name for the schema, by that of a shard: `digits-000000.tar` gives `Digits`.
fn name_of(dataset: &Dataset<DictSample>) -> String {
    let shard = dataset.shards().first().map(Shard::redacted).unwrap_or_default();
    let file = shard.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = file.split('.').next().unwrap_or_default();
    let words = stem.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| word.starts_with(char::is_alphabetic));
    let name: String = words
        .flat_map(|word| {
            let mut letters = word.chars();
            // What has no single capital stays, as the `ŉ` of one letter that becomes two.
            let first = letters.next().map(|first| {
                let mut capital = first.to_uppercase();
                if capital.len() == 1 { capital.next().unwrap_or(first) } else { first }
            });
            first.into_iter().chain(letters)
        })
        .collect();
    if name.is_empty() { "Sample".to_owned() } else { name }
}
