//! Samples made of their members: those of types whose fields are members, of none, and groups.

use bytes::Bytes;

use super::beta::refuse_sample;
use super::{DOTTED, Found, Group, GroupError, Groups, PAYLOAD};
use crate::error::{Result, buffer};
use crate::sample::{Limits, PackField as _, SampleLayout, gather, gather_any};
use crate::shard::members::Members;

/// What the samples of an archive are made of.
#[derive(Default)]
pub(super) struct Layout {
    /// That of the type which is read.
    wanted: SampleLayout,
    limits: Option<Limits>,
    /// What the archive was found to have.
    found: Option<Form>,
    /// The last sample, as it would be packed.
    made: Option<Bytes>,
    /// Whether all members of that sample are in it.
    has_all: bool,
    /// Whether the last group was whole, but no sample could be made of it.
    has_failed: bool,
}

/// What the samples of an archive are found to be, where the type says nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// What the type has as well.
    Packed,
    Plain,
}

impl Layout {
    /// Whether samples are made of all of their members, and not what one member holds.
    #[inline]
    pub(super) fn makes(&self) -> bool {
        !matches!(self.wanted, SampleLayout::Packed) && self.found != Some(Form::Packed)
    }

    /// The last sample, if it was made.
    #[inline]
    pub(super) fn made(&self) -> Option<&Bytes> {
        self.made.as_ref()
    }

    #[inline]
    pub(super) fn has_all(&self) -> bool {
        self.has_all
    }

    #[inline]
    pub(super) fn forget(&mut self) {
        if self.made.is_some() {
            self.made = None;
            self.has_all = false;
        }
    }
}

impl<M: Members> Groups<M> {
    /// From now on samples are made as the layout says.
    pub(in crate::shard) fn read_as(&mut self, wanted: SampleLayout, limits: Limits) {
        self.layout = Layout { wanted, limits: Some(limits), ..Layout::default() };
    }

    /// Whether samples without a type were found to be made of their members.
    #[cfg(feature = "records")]
    pub(in crate::shard) fn has_members(&self) -> bool {
        self.layout.found == Some(Form::Plain)
    }

    /// Whether the last error was about what the members of a group hold: contents count it among the samples.
    pub(in crate::shard) fn failed_to_make(&self) -> bool {
        self.layout.has_failed
    }

    /// Moves to the next group, and makes of it what a packed sample would be.
    #[cold]
    pub(super) fn next_made(&mut self) -> Result<Option<Found>> {
        self.layout.has_failed = false;
        let wanted = self.layout.wanted;
        let needs = |name: &str| wanted.table().is_none_or(|table| table.needs(name));
        let Some(group) = self.next_group(needs)? else { return Ok(None) };
        self.make(&group).or_else(|error| {
            self.layout.has_failed = true;
            self.refuse(self.offset, error)
        })?;
        Ok(Some(Found { offset: self.offset }))
    }

    fn make(&mut self, group: &Group) -> Result<()> {
        let payload = group.get(PAYLOAD);
        let is_packed = match self.layout.wanted {
            SampleLayout::Members(table) => payload.is_some() && !group.names().any(|name| table.takes(name)),
            SampleLayout::Any => self.is_first_packed(group)?,
            SampleLayout::Packed | SampleLayout::Group => false,
        };
        if let Some(payload) = payload.filter(|_| is_packed) {
            self.layout.made = Some(payload.clone());
            return Ok(());
        }
        let Some(limits) = self.layout.limits else { return Ok(()) };
        let mut made = buffer(group.packed_size())?;
        match self.layout.wanted {
            SampleLayout::Members(table) => gather(table, &group.key, &group.fields, limits, &mut made)?,
            SampleLayout::Group => group.pack_into(&mut made),
            SampleLayout::Any | SampleLayout::Packed => gather_any(None, &group.fields, limits, &mut made)?,
        }
        self.layout.made = Some(made.into());
        self.layout.has_all = true;
        Ok(())
    }

    /// Whether a sample without a type is packed: as the first of its archive is, all are.
    fn is_first_packed(&mut self, group: &Group) -> Result<bool> {
        if self.layout.found == Some(Form::Plain) {
            return Ok(false);
        }
        let is_packed = group.get(PAYLOAD).is_some();
        let is_dotted = |name: &str| name.strip_suffix(PAYLOAD).is_some_and(|rest| rest.ends_with('.'));
        if !is_packed && matches!(group.fields.as_slice(), [(name, _)] if is_dotted(name)) {
            // Keys with dots in them, more likely than fields with such names.
            let fields = group.fields.iter().map(|(name, _)| name.clone()).collect();
            return Err(GroupError::no_payload(fields, DOTTED).into());
        }
        if let [(_, content)] = group.fields.as_slice()
            && !is_packed
        {
            refuse_sample(content)?;
        }
        self.layout.found = Some(if is_packed { Form::Packed } else { Form::Plain });
        Ok(is_packed)
    }
}
