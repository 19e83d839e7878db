//! `Group`: a sample with all its members, as plain `WebDataset` has it.

use atdata_schema::{FieldType, Schema, SchemaRef};
use bytes::Bytes;

use super::{GroupError, PAYLOAD};
use crate::array::ArraySpec;
use crate::error::{Error, Result, buffer};
use crate::sample::{
    Batch, Cursor, DictSample, Limits, MemberCodecs, MemberError, PackField, Packable, SampleLayout, StandardCodecs,
    Value, any_member, any_value, gather_any, write_bin, write_map_len,
};

/// Members that are no such: key and place of the group.
pub(super) const KEY: &str = "__key__";
pub(super) const OFFSET: &str = "__offset__";

/// Names that readers give to what is no member: those two, and what `webdataset` adds of its own.
const RESERVED: [&str; 4] = [KEY, OFFSET, "__url__", "__bad__"];

/// A sample with all its members as they are in the archive, as plain `WebDataset` has it.
///
/// It is a sample type like others: a dataset of groups is opened, shuffled, filtered, batched and written like any, whatever
/// is in its shards.
///
/// ```
/// use atdata::{Dataset, Group};
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("photos.tar");
/// # let cat = Group::new("0001", [("jpg", &b"\xff\xd8..."[..]), ("cls", b"3"), ("txt", b"a cat")]);
/// # let dog = Group::new("0002", [("jpg", &b"\xff\xd8..."[..]), ("cls", b"5"), ("txt", b"a dog")]);
/// # Dataset::write(&path, [cat, dog])?;
/// let photos = Dataset::<Group>::open(&path)?;
/// for group in photos.shuffled(42) {
///     let group = group?;
///     println!("{}: {} bytes, {:?}", group.key(), group.member("jpg")?.len(), group.value("txt")?);
/// }
/// let dogs = photos.filter(|group| group.get("cls").is_some_and(|class| class == "5"));
/// assert_eq!(dogs.len()?, 1);
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What the names of the members have in common: all before the first dot of their last component.
    pub key: String,
    /// Name (lower case) and content of each member, in archive order.
    pub fields: Vec<(String, Bytes)>,
    /// Offset of the first member's header in the decompressed archive.
    pub offset: u64,
    pub(super) limits: ReaderLimits,
}

/// The limits of the reader that a group is of. They say nothing of the group: any two are equal.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ReaderLimits(pub(super) Limits);

impl PartialEq for ReaderLimits {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for ReaderLimits {}

impl Group {
    /// A group of these members, to be written; readers take their names in lower case.
    pub fn new<N: Into<String>, C: AsRef<[u8]>>(
        key: impl Into<String>,
        members: impl IntoIterator<Item = (N, C)>,
    ) -> Self {
        let member = |(name, content): (N, C)| (name.into().to_lowercase(), Bytes::copy_from_slice(content.as_ref()));
        let fields = members.into_iter().map(member).collect();
        Self { key: key.into(), fields, offset: 0, limits: ReaderLimits::default() }
    }

    /// The same, of a reader with those limits.
    pub(crate) fn limited(self, limits: Limits) -> Self {
        Self { limits: ReaderLimits(limits), ..self }
    }

    /// The key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The content of a member, by its name in lower case: `jpg`, `seg.png`.
    pub fn get(&self, name: &str) -> Option<&Bytes> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, content)| content)
    }

    /// The names of the members, in archive order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(name, _)| name.as_str())
    }

    /// The content of a member that has to be there.
    ///
    /// # Errors
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) if it is not, with the members that there are.
    pub fn member(&self, name: &str) -> Result<&Bytes> {
        self.get(name).ok_or_else(|| {
            let present = self.names().map(str::to_owned).collect();
            self.located(MemberError::NoMember { name: name.to_owned(), present }.into())
        })
    }

    /// The value of a member, by the rule of its extension: `txt` is text, `cls` a number, `json` and `msgpack` what they
    /// hold, `npy` an array, all others are bytes. Members that are compressed by themselves (`json.gz`) are decompressed, to
    /// no more than [`ReadOptions::max_member`](crate::ReadOptions::max_member) of the reader that the group is of.
    ///
    /// # Errors
    /// As [`member`](Self::member), and for content that is not what the extension says.
    pub fn value(&self, name: &str) -> Result<Value> {
        self.value_by::<StandardCodecs>(name)
    }

    /// The same, of a set of codecs of your own: its codec for the extension reads the member, where it has one.
    ///
    /// # Errors
    /// As [`value`](Self::value), and whatever that codec says.
    pub fn value_by<C: MemberCodecs>(&self, name: &str) -> Result<Value> {
        any_value(Some(C::of), name, self.member(name)?, self.limits.0).map_err(|error| self.located(error))
    }

    /// All members as the fields of a sample without a type, each as [`value`](Self::value) reads it.
    ///
    /// # Errors
    /// For a member whose content is not what its extension says.
    pub fn to_dict(&self) -> Result<DictSample> {
        self.to_dict_by::<StandardCodecs>()
    }

    /// The same, of a set of codecs of your own: each member as [`value_by`](Self::value_by) reads it.
    ///
    /// # Errors
    /// As [`to_dict`](Self::to_dict), and whatever those codecs say.
    pub fn to_dict_by<C: MemberCodecs>(&self) -> Result<DictSample> {
        let mut packed = buffer(self.packed_size())?;
        gather_any(Some(C::of), &self.fields, self.limits.0, &mut packed).map_err(|error| self.located(error))?;
        DictSample::read(&mut Cursor::shared(&packed.into()))
    }

    /// The group that [`to_dict_by`](Self::to_dict_by) reads as that sample: each field is the member of its name, written by
    /// the codec for its extension.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a value that its codec does not write, and for names that no member
    /// can have; whatever the codecs of the set say.
    pub fn of_dict_by<C: MemberCodecs>(key: impl Into<String>, sample: &DictSample) -> Result<Self> {
        let member = |(name, value): (&str, &Value)| Ok((name.to_owned(), any_member(Some(C::of), name, value)?));
        let fields = sample.iter().map(member).collect::<Result<_>>()?;
        let group = Self { key: key.into(), fields, offset: 0, limits: ReaderLimits::default() };
        group.check_names()?;
        Ok(group)
    }

    /// Content of the `msgpack` member: the packed sample.
    ///
    /// # Errors
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) if there is none, with the fields that there are.
    pub fn payload(&self) -> Result<&Bytes> {
        if let Some(payload) = self.get(PAYLOAD) {
            return Ok(payload);
        }
        let fields: Vec<_> = self.fields.iter().map(|(name, _)| name.clone()).collect();
        Err(self.located(GroupError::no_payload(fields, "").into()))
    }

    pub(super) fn located(&self, error: Error) -> Error {
        error.with_offset(self.offset).with_key(&self.key)
    }

    /// Whether readers would give all members back, as this sample's.
    pub(crate) fn check_names(&self) -> Result<()> {
        if self.fields.is_empty() {
            return Err(MemberError::NoMembers.into());
        }
        for (at, (name, _)) in self.fields.iter().enumerate() {
            let reason = if name.is_empty() {
                "it is empty"
            } else if name.contains('/') {
                "it has a `/`, which belongs to keys"
            } else if name.chars().any(char::is_control) {
                "it has control characters"
            } else if name.to_lowercase() != *name {
                "readers take it in lower case: a sample type writes such a field by `#[packable(member = \"…\")]`, and `atdata \
                 convert` by the `--schema` of one"
            } else if RESERVED.contains(&name.as_str()) {
                "readers put what they know of the sample under it"
            } else if self.fields.iter().take(at).any(|(earlier, _)| earlier == name) {
                "it is there twice"
            } else {
                continue;
            };
            return Err(MemberError::Name { name: name.clone(), reason }.into());
        }
        Ok(())
    }

    /// Whether that is a group as a map, and no packed sample.
    pub(crate) fn is_map_of_one(payload: &[u8], key: &str) -> bool {
        let cursor = &mut Cursor::new(payload);
        let is_map = cursor.read_map_len().is_ok_and(|len| len >= 2);
        let has_key = is_map && cursor.read_key().is_ok_and(|name| name == KEY);
        let is_of_key = has_key && cursor.read_str().is_ok_and(|own| own == key);
        is_of_key && cursor.read_key().is_ok_and(|name| name == OFFSET)
    }

    /// Appends the group as a map, of which [`read`](PackField::read) makes it again.
    pub(super) fn pack_into(&self, out: &mut Vec<u8>) {
        write_map_len(self.fields.len() + 2, out);
        KEY.to_owned().write(out);
        self.key.write(out);
        OFFSET.to_owned().write(out);
        self.offset.write(out);
        for (name, content) in &self.fields {
            name.write(out);
            write_bin(content, out);
        }
    }
}

impl PackField for Group {
    const TYPE: FieldType =
        FieldType::Sample(SchemaRef::new(Self::SCHEMA.name, Self::SCHEMA.version, || Group::SCHEMA));
    type Column = Vec<Self>;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        cursor.nested_sample(|cursor| {
            let len = cursor.read_map_len()?;
            let fields = Vec::with_capacity(cursor.trusted_len::<Self>(len));
            let mut group = Self { key: String::new(), fields, offset: 0, limits: ReaderLimits(cursor.limits()) };
            for at in 0..len {
                match (at, cursor.read_key()?) {
                    (0, KEY) => cursor.read_str()?.clone_into(&mut group.key),
                    (1, OFFSET) => group.offset = cursor.read_u64()?,
                    (_, name) => group.fields.push((name.to_owned(), cursor.read_shared()?)),
                }
            }
            Ok(group)
        })
    }

    fn packed_size(&self) -> usize {
        let fields = self.fields.iter().map(|(name, content)| name.len() + content.len() + 16);
        fields.fold(self.key.len() + 64, usize::saturating_add)
    }

    fn write(&self, out: &mut Vec<u8>) {
        self.pack_into(out);
    }

    fn check(&self, spec: ArraySpec) -> Result<()> {
        spec.nested_sample::<Self>().map(drop)
    }
}

impl Packable for Group {
    const SCHEMA: &'static Schema = &Schema::new("Group", "1.0.0", Some("All members of a sample."), &[]);
    type Batch = Vec<Self>;
    type Builder = Vec<Self>;
    const LAYOUT: SampleLayout = SampleLayout::Group;
}

/// Batches of groups are lists.
impl Batch for Vec<Group> {
    type Sample = Group;

    fn len(&self) -> usize {
        Vec::len(self)
    }

    fn row(&self, index: usize) -> Option<Group> {
        self.get(index).cloned()
    }

    fn from_samples(samples: impl IntoIterator<Item = Group>) -> Result<Self> {
        Ok(samples.into_iter().collect())
    }
}
