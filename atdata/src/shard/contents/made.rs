//! Contents of archives of barecat, by their index.

use super::Contents;
use super::build::{Builder, Place};
use crate::barecat::{TarMember, TarView};
use crate::error::Result;
use crate::shard::PAYLOAD;

/// As reading it from begin to end would find them: where a group has a `msgpack` member, those without it are passed over.
pub(super) fn contents(view: &TarView, size: u64) -> Result<Contents> {
    let members = view.members();
    let is_payload = |member: &TarMember| member.field().eq_ignore_ascii_case(PAYLOAD);
    let is_packed = members.iter().any(is_payload);
    let mut builder = Builder::default();
    for group in members.chunk_by(|one, other| one.key() == other.key()) {
        let Some(first) = group.first() else { continue };
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
        builder.push(first.start(), first.key(), places).map_err(|error| error.with_key(first.key()))?;
    }
    if builder.end() < members.last().map_or(0, TarMember::start) {
        builder.goes_on();
    }
    Ok(builder.finish(size))
}
