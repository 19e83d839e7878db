//! What an index asks of a record, to hold the members of a sample against it.

use atdata_schema::FieldType;
use bytes::Bytes;

use super::RecordTable;
use crate::error::Result;
use crate::sample::Value;
use crate::sample::cursor::Limits;
use crate::sample::member::content::Wanted;
use crate::sample::member::error::Either;
use crate::sample::member::fields::{FieldPlace, FieldsOfMembers, taker};
use crate::sample::member::gather::{decode, other_key};
use crate::sample::member::{key, name};

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
        let is_foreign = place.codec.is_some() || self.codecs.is_some_and(|of| of(name::extension(member)).is_some());
        let wanted = Wanted::new(member, place.field_type);
        (!is_foreign).then(|| decode(self.codec(&place, member), wanted, content, limits))
    }

    /// The names, as text, of the member of a field that has to be there; `None` if it has not.
    pub(crate) fn missed(&self, field: &str) -> Option<String> {
        let place = self.fields().find(|place| place.name == field)?;
        (!place.may_lack()).then(|| either(&place))
    }

    /// The field that takes a member of that name, and the names of its member as text.
    pub(crate) fn taker(&self, member: &str) -> Option<(&str, String)> {
        taker(self, member).map(|field| (field.name, either(&field)))
    }
}

fn either<N: AsRef<str>>(place: &FieldPlace<'_, N>) -> String {
    let names: Vec<_> = place.names().map(str::to_owned).collect();
    Either(&names).to_string()
}
