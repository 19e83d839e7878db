//! The heads of a Parquet file's pages, looked at before any is decoded: decoders take the memory that they ask for.

use bytes::Bytes;
use parquet::basic::Compression;
use parquet::file::metadata::ColumnChunkMetaData;

use super::footer::Walk;

/// What the pages of a column ask for.
#[cfg_attr(not(feature = "manifest"), allow(dead_code))]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Pages {
    /// Bytes of all pages, when they are decompressed.
    pub(crate) plain: u64,
    /// Bytes of the largest dictionary, whose values may be there any number of times.
    pub(crate) dictionary: u64,
    /// Values of all pages, nulls among them.
    pub(crate) values: u64,
}

/// What a page says of itself.
#[derive(Default)]
struct Head {
    plain: i64,
    packed: i64,
    values: i64,
    in_dictionary: i64,
}

/// What is there of a column; an error, in words, if a page is not within the column, or claims more than its bytes can be.
pub(crate) fn look_at(file: &Bytes, column: &ColumnChunkMetaData) -> Result<Pages, String> {
    let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
    let place = usize::try_from(start).ok().zip(usize::try_from(column.compressed_size()).ok());
    let part = place.and_then(|(start, len)| file.get(start..start.checked_add(len)?));
    let Some(mut part) = part else { return Err("a column is not within the file".to_owned()) };
    let mut pages = Pages::default();
    while !part.is_empty() {
        let mut walk = Walk { bytes: part, at: 0, untyped: Vec::new() };
        let Some(head) = head(&mut walk) else { return Err("the head of a page is cut".to_owned()) };
        let (packed, plain) = (u64::try_from(head.packed), u64::try_from(head.plain));
        let (Ok(packed), Ok(plain)) = (packed, plain) else { return Err("a page is of negative length".to_owned()) };
        let rest = usize::try_from(packed).ok().and_then(|len| part.get(walk.at.checked_add(len)?..));
        let Some(rest) = rest else { return Err(format!("a page of {packed} bytes is cut")) };
        if plain > most_of(packed, column.compression()) {
            return Err(format!("a page of {packed} bytes claims to be {plain} when it is decompressed"));
        }
        let (values, in_dictionary) = (u64::try_from(head.values), u64::try_from(head.in_dictionary));
        let (Ok(values), Ok(in_dictionary)) = (values, in_dictionary) else {
            return Err("a page has a negative number of values".to_owned());
        };
        if in_dictionary > plain {
            return Err(format!("a dictionary of {plain} bytes claims to have {in_dictionary} values"));
        }
        pages.plain = pages.plain.saturating_add(plain);
        pages.values = pages.values.saturating_add(values);
        if in_dictionary > 0 {
            pages.dictionary = pages.dictionary.max(plain);
        }
        part = rest;
    }
    Ok(pages)
}

/// Bytes that so many can be decompressed to.
fn most_of(packed: u64, codec: Compression) -> u64 {
    match codec {
        Compression::UNCOMPRESSED => packed,
        // 64 bytes by an element of three.
        Compression::SNAPPY => packed.saturating_mul(22).saturating_add(64),
        // 258 bytes by two bits.
        _ => packed.saturating_mul(1_032).saturating_add(64),
    }
}

/// The head of a page: a struct in Thrift's compact protocol.
fn head(walk: &mut Walk<'_>) -> Option<Head> {
    let mut head = Head::default();
    fields(walk, |walk, field, kind| match (field, kind) {
        (2, 5) => walk.integer().map(|size| head.plain = size),
        (3, 5) => walk.integer().map(|size| head.packed = size),
        // Data pages of either version.
        (5 | 8, 12) => count(walk).map(|values| head.values = values),
        (7, 12) => count(walk).map(|values| head.in_dictionary = values),
        _ => walk.value(kind, 0),
    })?;
    Some(head)
}

/// The first field of the struct.
fn count(walk: &mut Walk<'_>) -> Option<i64> {
    let mut count = 0;
    fields(walk, |walk, field, kind| match (field, kind) {
        (1, 5) => walk.integer().map(|values| count = values),
        _ => walk.value(kind, 0),
    })?;
    Some(count)
}

/// The fields of a struct, by their numbers and the types of their values, which `each` reads or passes over.
fn fields<'w>(walk: &mut Walk<'w>, mut each: impl FnMut(&mut Walk<'w>, i64, u8) -> Option<()>) -> Option<()> {
    let mut number = 0;
    loop {
        let head = walk.byte()?;
        if head == 0 {
            return Some(());
        }
        number = if head >> 4 == 0 { walk.integer()? } else { number + i64::from(head >> 4) };
        // A boolean field is its type.
        if !matches!(head & 0x0f, 1 | 2) {
            each(walk, number, head & 0x0f)?;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]
    use std::sync::Arc;

    use parquet::basic::{GzipLevel, Type as Physical};
    use parquet::schema::types::{ColumnDescriptor, ColumnPath, Type};

    use super::*;

    /// A number whose sign is its lowest bit.
    fn integer(value: i64) -> Vec<u8> {
        let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
        let mut bytes = Vec::new();
        loop {
            let [byte, ..] = (rest & 0x7f).to_le_bytes();
            rest >>= 7;
            if rest == 0 {
                bytes.push(byte);
                return bytes;
            }
            bytes.push(byte | 0x80);
        }
    }

    /// A page of so many bytes, which says that it has others, and so many values.
    fn page(kind: i64, plain: i64, packed: i64, there: usize, values: i64) -> Vec<u8> {
        let of_kind = if kind == 2 { 0x4c } else { 0x2c };
        let parts = [&[0x15][..], &integer(kind), &[0x15], &integer(plain), &[0x15], &integer(packed)];
        let mut page = [parts.concat(), vec![of_kind, 0x15], integer(values), vec![0x15, 0, 0, 0]].concat();
        page.resize(page.len() + there, 7);
        page
    }

    fn look(pages: &[u8], codec: Compression, longer: i64) -> Result<Pages, String> {
        let of = Type::primitive_type_builder("a", Physical::INT64).build().unwrap();
        let descriptor = ColumnDescriptor::new(Arc::new(of), 1, 0, ColumnPath::new(vec!["a".to_owned()]));
        let file: Bytes = [b"PAR1", pages].concat().into();
        let column = ColumnChunkMetaData::builder(Arc::new(descriptor))
            .set_data_page_offset(4)
            .set_compression(codec)
            .set_total_compressed_size(i64::try_from(pages.len()).unwrap() + longer)
            .build();
        look_at(&file, &column.unwrap())
    }

    #[test]
    fn pages_are_summed_up() {
        let pages = [page(2, 30, 10, 10, 3), page(0, 40, 20, 20, 1000), page(0, 8, 8, 8, 1)].concat();
        let expected = Pages { plain: 78, dictionary: 30, values: 1001 };
        assert_eq!(look(&pages, Compression::SNAPPY, 0), Ok(expected));
        assert_eq!(look(&[], Compression::SNAPPY, 0), Ok(Pages::default()));
    }

    #[test]
    fn pages_that_claim_more_than_they_are_are_refused() {
        let refused = |pages: &[u8], codec: Compression| look(pages, codec, 0).unwrap_err();
        let gigabytes = page(0, 1 << 30, 100, 100, 1);
        let expected = "a page of 100 bytes claims to be 1073741824 when it is decompressed";
        assert_eq!(refused(&gigabytes, Compression::SNAPPY), expected);
        assert_eq!(refused(&gigabytes, Compression::GZIP(GzipLevel::default())), expected);
        assert!(refused(&page(0, 101, 100, 100, 1), Compression::UNCOMPRESSED).contains("claims to be 101"));
        assert!(refused(&page(0, 100, 1 << 20, 100, 1), Compression::SNAPPY).contains("is cut"));
        assert!(refused(&page(0, -1, 100, 100, 1), Compression::SNAPPY).contains("negative length"));
        assert!(refused(&page(0, 1, -100, 100, 1), Compression::SNAPPY).contains("negative length"));
        assert!(refused(&page(0, 1, 100, 100, -1), Compression::SNAPPY).contains("negative number"));
        let many = page(2, 100, 100, 100, i64::from(i32::MAX));
        assert_eq!(refused(&many, Compression::SNAPPY), "a dictionary of 100 bytes claims to have 2147483647 values");
        assert!(refused(&[0x15, 0x80], Compression::SNAPPY).contains("head of a page is cut"));
        assert!(look(&page(0, 8, 8, 8, 1), Compression::SNAPPY, 1).unwrap_err().contains("not within the file"));
    }
}
