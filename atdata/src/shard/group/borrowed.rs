//! `GroupRef`: a group that borrows its members.

use atdata_schema::Schema;

use super::GroupError;
use super::sample::{Group, KEY, OFFSET, ReaderLimits};
use crate::error::{Error, Result};
use crate::sample::{Cursor, MemberError, Packable, PackableRef};

/// A [`Group`] that borrows its members from what was read, without an allocation for each.
///
/// It is what the raw samples of a dataset of groups are seen as:
///
/// ```
/// use atdata::shard::GroupRef;
/// use atdata::{Dataset, Group};
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("photos.tar");
/// # Dataset::write(&path, [Group::new("0001", [("jpg", &b"\xff\xd8..."[..]), ("cls", b"3")])])?;
/// let mut photos = Dataset::<Group>::open(&path)?.raw();
/// while let Some(photo) = photos.next() {
///     let photo = photo?;
///     let group = photo.view::<GroupRef>()?;
///     assert_eq!((group.key(), group.get("cls"), group.member("jpg")?.len()), ("0001", Some(&b"3"[..]), 5));
/// }
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRef<'a> {
    /// What the names of the members have in common.
    pub key: &'a str,
    /// Name (lower case) and content of each member, in archive order.
    pub fields: Vec<(&'a str, &'a [u8])>,
    /// Offset of the first member's header in the decompressed archive.
    pub offset: u64,
    limits: ReaderLimits,
}

impl<'a> GroupRef<'a> {
    /// The key.
    pub fn key(&self) -> &'a str {
        self.key
    }

    /// The content of a member, by its name in lower case: `jpg`, `seg.png`.
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, content)| *content)
    }

    /// The names of the members, in archive order.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.fields.iter().map(|(name, _)| *name)
    }

    /// The content of a member that has to be there.
    ///
    /// # Errors
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) if it is not, with the members that there are.
    pub fn member(&self, name: &str) -> Result<&'a [u8]> {
        self.get(name).ok_or_else(|| {
            let present = self.names().map(str::to_owned).collect();
            let error = Error::from(MemberError::NoMember { name: name.to_owned(), present });
            error.with_offset(self.offset).with_key(self.key)
        })
    }

    /// The same group with members of its own.
    pub fn to_group(&self) -> Group {
        let mut group = Group::new(self.key, self.fields.iter().copied());
        (group.offset, group.limits) = (self.offset, self.limits);
        group
    }
}

impl<'a> PackableRef<'a> for GroupRef<'a> {
    const REF_SCHEMA: &'static Schema = Group::SCHEMA;

    fn read_ref(cursor: &mut Cursor<'a>) -> Result<Self> {
        let len = cursor.read_map_len()?;
        let fields = Vec::with_capacity(cursor.trusted_len::<(&str, &[u8])>(len));
        let mut group = Self { key: "", fields, offset: 0, limits: ReaderLimits(cursor.limits()) };
        for at in 0..len {
            match (at, cursor.read_key()?) {
                (0, KEY) => group.key = cursor.read_str()?,
                (0, _) => return Err(GroupError::Packed.into()),
                (1, OFFSET) => group.offset = cursor.read_u64()?,
                (_, name) => group.fields.push((name, cursor.read_bytes()?)),
            }
        }
        Ok(group)
    }
}
