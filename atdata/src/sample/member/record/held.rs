//! What an index asks of a record, to hold the members of a sample against it.

use atdata_schema::FieldType;
use bytes::Bytes;

use super::RecordTable;
use crate::error::{Error, Result};
use crate::sample::Value;
use crate::sample::cursor::Limits;
use crate::sample::member::fields::FieldsOfMembers;
use crate::sample::member::gather::{missing, other_key, read, why_left};
use crate::sample::member::key;

impl RecordTable {
    /// The texts of the fields in a key.
    pub(crate) fn parts<'k>(&self, key: &'k str) -> Result<Vec<(&str, &'k str)>> {
        if self.key.is_empty() {
            return Ok(Vec::new());
        }
        let pattern = key::parts_of(&self.key);
        key::matched(&pattern, key).ok_or_else(|| other_key(&pattern, key))
    }

    /// What a part of the key is to a field.
    pub(crate) fn value_in_key(&self, field: &str, text: &str) -> Result<Value> {
        let known = self.fields.iter().find(|known| known.name == field);
        key::value(&known.map_or(FieldType::Str, |field| field.field_type), text)
    }

    /// What a member is to a field; `None` where a codec reads it that is not here.
    pub(crate) fn value(&self, field: &str, member: &str, content: &Bytes, limits: Limits) -> Option<Result<Value>> {
        let place = self.fields().find(|place| place.name == field)?;
        self.own_codec(&place, member).is_none().then(|| read(self, &place, member, content, limits))
    }

    /// That the member of a field which has to be there is not; `None` if it has not.
    pub(crate) fn missed(&self, field: &str, members: &[(String, Bytes)]) -> Option<Error> {
        let place = self.fields().find(|place| place.name == field)?;
        (!place.may_lack()).then(|| missing(self, &place, members))
    }

    /// What is wrong with a member that no field has.
    pub(crate) fn left_over(&self, member: &str) -> String {
        match why_left(self, member) {
            (error, Some(field)) => format!("{field}: {error}"),
            (error, None) => error.to_string(),
        }
    }
}
