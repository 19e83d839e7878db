//! Contents of archives of barecat, by their index.

use super::Contents;
use super::build::{Builder, Place};
use crate::barecat::{TarMember, TarView};
use crate::error::Result;
use crate::shard::PAYLOAD;
use crate::shard::group::{BAD, MOST_MEMBERS, MOST_NAMES};

/// As reading it from begin to end would find them: where a group has a `msgpack` member, those without it are passed over, and in
/// any case those that their writer marked as bad, or that have more members than are read.
pub(super) fn contents(view: &TarView, size: u64) -> Result<Contents> {
    let members = view.members();
    let groups = || members.chunk_by(|one, other| one.key() == other.key());
    let is_packed =
        groups().any(|group| group.iter().any(is_payload) && !is_too_large(group) && !group.iter().any(is_mark));
    let mut builder = Builder::default();
    for group in groups() {
        let Some(first) = group.first() else { continue };
        if is_too_large(group) {
            builder.refuse();
            continue;
        }
        if group.iter().any(is_mark) {
            continue;
        }
        if is_packed && !group.iter().any(is_payload) {
            builder.leave_out();
            continue;
        }
        let fields: Vec<String> = group.iter().map(|member| member.field().to_lowercase()).collect();
        let places = group.iter().zip(&fields).map(|(member, field)| Place {
            field: field.as_str(),
            data: member.data(),
            size: member.size(),
            header_crc32c: view.header_crc32c(member),
            crc32c: member.crc32c(),
        });
        let start = if is_packed { first.start() } else { builder.begin_of(first.start()) };
        builder.push(start, first.key(), places).map_err(|error| error.with_key(first.key()))?;
    }
    if members.last().is_some_and(|last| builder.end() <= last.start()) {
        builder.goes_on();
    }
    Ok(builder.finish(size))
}

fn is_payload(member: &TarMember) -> bool {
    member.field().to_lowercase() == PAYLOAD
}

/// Whether it says that its writer marked the group as bad.
fn is_mark(member: &TarMember) -> bool {
    member.size() > 0 && member.field().to_lowercase() == BAD
}

/// Whether it is a group that is refused where it is read.
fn is_too_large(group: &[TarMember]) -> bool {
    let others = || group.iter().filter(|member| member.field() != PAYLOAD);
    others().count() > MOST_MEMBERS || others().map(|member| member.field().len()).sum::<usize>() > MOST_NAMES
}
