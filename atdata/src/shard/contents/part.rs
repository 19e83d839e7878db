//! Parts of samples: a member of which only some bytes are read, held against its contents as far as that goes.

use std::ops::Range;

use bytes::Bytes;

use super::format::BLOCK;
use super::{Keys, Lone, MemberPlace, Picker, damaged};
use crate::archive::key;
use crate::archive::tar::{TarError, plain_header};
use crate::error::{Error, Result};
use crate::sample::Limits;
use crate::shard::PAYLOAD;

/// Where a member of a sample is.
#[derive(Debug, Clone)]
pub(crate) struct MemberPart {
    /// Where its content begins, and how long that is.
    pub(crate) data: u64,
    pub(crate) size: u64,
    header_crc32c: u32,
    crc32c: Option<u32>,
    /// Its name without the key, where that is not `msgpack`.
    field: Option<Box<str>>,
}

impl MemberPart {
    /// The block of its header.
    pub(crate) fn header(&self) -> Range<u64> {
        self.data.saturating_sub(BLOCK)..self.data
    }
}

impl Picker {
    /// A member of a sample, chosen by the names of all of them, with its name.
    pub(crate) fn member(
        &self,
        number: u64,
        choose: &dyn Fn(&[&str]) -> Option<usize>,
    ) -> Result<Option<(String, MemberPart)>> {
        let place = self.contents().sample(number).map_err(|error| self.at(number, error))?;
        let names: Vec<&str> = place.members.iter().map(|member| member.field.as_str()).collect();
        let Some(member) = choose(&names).and_then(|at| place.members.get(at)) else { return Ok(None) };
        let MemberPlace { data, size, header_crc32c, crc32c, .. } = *member;
        if data < BLOCK || data.checked_add(size).is_none_or(|end| end > self.contents().shard_size()) {
            return Err(self.at(number, damaged("a member is not within its shard")));
        }
        let field = (member.field != PAYLOAD).then(|| member.field.as_str().into());
        Ok(Some((member.field.clone(), MemberPart { data, size, header_crc32c, crc32c, field })))
    }

    /// The packed member of a sample.
    pub(crate) fn packed(&self, number: u64) -> Result<MemberPart> {
        if let Some(lone) = self.contents().lone(number).map_err(|error| self.at(number, error))? {
            let Lone { data, size, header_crc32c, crc32c, .. } = lone;
            return Ok(MemberPart { data, size, header_crc32c, crc32c, field: None });
        }
        let found = self.member(number, &|names| names.iter().position(|name| *name == PAYLOAD))?;
        let absent = || self.at(number, damaged("a sample has no place for its `msgpack`"));
        found.map(|(_, part)| part).ok_or_else(absent)
    }

    /// Holds the header of a member against the contents; false of one that says its name or size in other headers before
    /// it, which only the reader of whole samples knows.
    pub(crate) fn check_header(
        &self,
        number: u64,
        member: &MemberPart,
        header: &[u8],
        keys: &mut Keys,
    ) -> Result<bool> {
        let Some(header) = header.first_chunk::<512>().filter(|block| crc32c::crc32c(*block) == member.header_crc32c)
        else {
            return Err(self.at(number, self.changed("another header", member.data)));
        };
        let Some((name, size)) = plain_header(header) else { return Ok(false) };
        let field = member.field.as_deref().unwrap_or(PAYLOAD);
        // The block is the one that was there when the contents were made: what it says otherwise, headers before it say.
        if size != member.size {
            return Ok(false);
        }
        let split = key::split(name).filter(|split| split.field.eq_ignore_ascii_case(field.as_bytes()));
        let Some(split) = split else { return Ok(false) };
        Ok(split.key == self.contents().key_in(number, keys).map_err(|error| self.at(number, error))?)
    }

    /// Holds the whole content of a member against its checksum, where there is one.
    pub(crate) fn check_content(&self, number: u64, member: &MemberPart, content: &Bytes) -> Result<()> {
        let differs = member.crc32c.is_some_and(|crc| crc != crc32c::crc32c(content));
        if differs { Err(self.at(number, self.other_bytes(member.data))) } else { Ok(()) }
    }

    /// The error of a member whose bytes are not all there.
    pub(crate) fn cut(&self, number: u64, member: &MemberPart) -> Error {
        self.at(number, self.changed("fewer bytes", member.data))
    }

    /// Whether so many bytes of one member may be held.
    pub(crate) fn check_held(&self, bytes: u64) -> Result<()> {
        let limit = self.limits().max_member;
        if bytes > limit { Err(TarError::LargeMember { size: bytes, limit }.into()) } else { Ok(()) }
    }

    /// Says which sample an error is about, and where its member is.
    pub(crate) fn locate(&self, number: u64, member: &MemberPart, error: Error) -> Error {
        self.at(number, error.with_offset(member.data - BLOCK))
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits { max_member: self.max_member() }
    }
}
