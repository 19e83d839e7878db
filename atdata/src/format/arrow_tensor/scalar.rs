//! A workaround for pyarrow: a word that it misplaces in the messages of tensors without dimensions.
//!
//! Their list of strides is empty, and its elements, of which there are none, begin at an address that is no multiple of
//! eight. The verifier of the crate `flatbuffers` refuses that. Here the table says that there is no such list, which
//! means the same.

/// Where a table notes the place of its fields begins after two sizes.
const FIRST_FIELD: usize = 4;
/// The place of `header` among the fields of a message, and that of `strides` among those of a tensor.
const HEADER: usize = 2;
const STRIDES: usize = 3;

/// The same message without its empty list of strides; `None` if it has none.
pub(super) fn without_strides(message: &[u8]) -> Option<Vec<u8>> {
    let root = offset(message, 0)?;
    let (header, _) = field(message, root, HEADER)?;
    let tensor = header.checked_add(offset(message, header)?)?;
    let (strides, entry) = field(message, tensor, STRIDES)?;
    let list = strides.checked_add(offset(message, strides)?)?;
    if offset(message, list)? != 0 {
        return None;
    }
    let mut mended = message.to_vec();
    mended.get_mut(entry..entry.checked_add(2)?)?.fill(0);
    Some(mended)
}

/// Where a field of a table is, and where its place is noted.
fn field(message: &[u8], table: usize, index: usize) -> Option<(usize, usize)> {
    let back = i32::from_le_bytes(*message.get(table..)?.first_chunk()?);
    let places = i64::try_from(table).ok()?.checked_sub(back.into())?;
    let places = usize::try_from(places).ok()?;
    let len = u16::from_le_bytes(*message.get(places..)?.first_chunk()?);
    let entry = FIRST_FIELD + 2 * index;
    if entry + 2 > usize::from(len) {
        return None;
    }
    let entry = places.checked_add(entry)?;
    let place = u16::from_le_bytes(*message.get(entry..)?.first_chunk()?);
    (place != 0).then(|| (table + usize::from(place), entry))
}

fn offset(message: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(*message.get(at..)?.first_chunk()?)).ok()
}
