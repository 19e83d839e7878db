//! Members and packed samples, one from the other by a schema record.

use atdata_schema::OwnedSchema;
use bytes::Bytes;

use super::{Group, ReaderLimits};
use crate::error::{Printable, Result, buffer};
use crate::sample::{
    Cursor, DictSample, FieldsOfMembers, PackField, Packable, RecordTable, Value, check_known, gather, missing, split,
};

/// What a schema record says of members: the way from plain samples to packed ones and back for a program that has the record
/// of a type, and not the type. Fields have the names and kinds of the record, whatever the extensions of their members say:
/// where it says `str`, a `cls` of `007` is that text.
///
/// A record [of members](OwnedSchema::of_members) says where each field is. Of one of packed samples, which says nothing, a
/// field is in a member of its name in lower case, with an extension where the name is none that holds such values: `label.cls`,
/// `filename.txt` of `fileName`.
///
/// ```
/// use atdata::schema::{OwnedField, OwnedFieldType, OwnedSchema};
/// use atdata::shard::SchemaMembers;
/// use atdata::{Group, Value};
///
/// let fields = vec![
///     OwnedField::new("split", OwnedFieldType::Str),
///     OwnedField::new("image", OwnedFieldType::Bytes).in_member("jpg|jpeg"),
///     OwnedField::new("class", OwnedFieldType::Str).in_member("cls"),
/// ];
/// let schema = OwnedSchema::new("Photo", "1.0.0", fields).of_members(Some("{split}/0001".into()));
/// let members = SchemaMembers::new(&schema)?;
///
/// let group = Group::new("train/0001", [("jpeg", &b"\xff\xd8\xff..."[..]), ("cls", b"007")]);
/// let sample = members.pack(&group)?;
/// assert_eq!((&sample["split"], &sample["class"]), (&Value::from("train"), &Value::from("007")));
/// let back = members.split("0", &sample)?;
/// assert_eq!((back.key(), back.get("jpg").is_some(), back.get("cls").unwrap()), ("train/0001", true, &"007".into()));
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Debug)]
pub struct SchemaMembers<'s> {
    schema: &'s OwnedSchema,
    table: RecordTable,
}

impl<'s> SchemaMembers<'s> {
    /// Those of a record. Where it names a set of codecs, members of which the library knows what is in them by their extension
    /// are read so, which is logged: that set may read them otherwise.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) where it names a member as none can be called, or one for two fields.
    pub fn new(schema: &'s OwnedSchema) -> Result<Self> {
        let table = RecordTable::new(schema)?;
        let guessed: Vec<_> = table.guessed().map(|field| format!("`{}`", Printable(field))).collect();
        if let Some(codecs) = schema.layout.as_ref().and_then(|layout| layout.codecs.as_deref())
            && !guessed.is_empty()
        {
            log::warn!(
                "{}: its members are read by the codecs `{codecs}`, which are not here: those of {} are taken for what the library \
                 takes them for, and may be something else to that set",
                Printable(&schema.name),
                guessed.join(", ")
            );
        }
        Ok(Self { schema, table })
    }

    /// The fields of the record, of a sample's members and its key. Where an optional one is missing there is null; where one
    /// that has a default is, it stays missing. Inside of lists, maps and arrays nothing is checked:
    /// `index::check_sample` does so.
    ///
    /// # Errors
    /// As a type of that record would be read: for members that are missing, not known or not of the field's type, and for
    /// keys of another pattern. [`Unsupported`](crate::ErrorKind::Unsupported) for members that a codec reads which the record
    /// only names.
    pub fn pack(&self, group: &Group) -> Result<DictSample> {
        self.packed(group).map_err(|error| group.located(error))
    }

    fn packed(&self, group: &Group) -> Result<DictSample> {
        let mut packed = buffer(group.packed_size())?;
        gather(&self.table, &group.key, &group.fields, group.limits.0, &mut packed)?;
        let read = DictSample::read(&mut Cursor::shared(&packed.into()))?;
        let field = |field: &atdata_schema::OwnedField| {
            let value = read.get(&field.name).cloned();
            let value = value.or_else(|| (field.optional && !field.has_default).then_some(Value::Nil));
            Some((field.name.clone(), value?))
        };
        Ok(self.schema.fields.iter().filter_map(field).collect())
    }

    /// The members of a sample that no field of the record takes.
    pub fn others<'g>(&self, group: &'g Group) -> impl Iterator<Item = &'g (String, Bytes)> {
        let left: Vec<&str> = self.table.placed(&group.fields).left(&group.fields).collect();
        group.fields.iter().filter(move |(name, _)| left.contains(&name.as_str()))
    }

    /// The members of a sample. Its key is `key`, unless fields of the record are part of keys: then it is what they say.
    ///
    /// # Errors
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) for fields that are missing or that the record does not have,
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a value that its member cannot hold.
    pub fn split(&self, key: &str, sample: &DictSample) -> Result<Group> {
        if !self.table.allows_unknown() {
            check_known(sample, self.schema)?;
        }
        let is_there = |field: &&atdata_schema::OwnedField| {
            field.optional || field.has_default || sample.get(&field.name).is_some()
        };
        if let Some(field) = self.schema.fields.iter().find(|field| !is_there(field)) {
            return Err(missing(sample, self.schema, &field.name));
        }
        let packed = Bytes::from(sample.try_pack()?);
        let own = split(&self.table, &packed, self.table.is_key_of(key, sample).then_some(key))?;
        let fields = own.members.into_iter().map(|(name, content)| (name.to_owned(), content)).collect();
        let key = own.key.unwrap_or_else(|| key.to_owned());
        let group = Group { key, fields, offset: 0, limits: ReaderLimits::default() };
        group.check_names()?;
        Ok(group)
    }
}
