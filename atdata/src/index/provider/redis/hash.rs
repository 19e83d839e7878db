//! Hashes as entries and labels.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};

use super::error::RedisError;
use super::keys;
use crate::entry::{Entry, Label};
use crate::error::Result;
use crate::index::provider::readable;
use crate::sample::{DictSample, Packable};
use atdata_schema::Version;

/// The fields of a hash; none of them where there is no such key.
pub(super) type Hash = HashMap<Vec<u8>, Vec<u8>>;

/// A file of metadata that is larger is none.
const METADATA_MAX: u64 = 16 << 20;

pub(super) fn text(bytes: Vec<u8>, what: &'static str) -> Result<String, RedisError> {
    String::from_utf8(bytes).map_err(|_| RedisError::NoText { what })
}

fn get(hash: &Hash, field: &'static str) -> Result<Option<String>, RedisError> {
    hash.get(field.as_bytes()).map(|bytes| text(bytes.clone(), field)).transpose()
}

fn expect(hash: &Hash, field: &'static str, what: &str) -> Result<String, RedisError> {
    get(hash, field)?.ok_or_else(|| RedisError::NoField { what: what.to_owned(), field })
}

pub(super) fn entry(cid: &str, hash: &Hash) -> Result<Option<Entry>> {
    if hash.is_empty() {
        return Ok(None);
    }
    let what = || format!("the entry {cid}");
    let name = expect(hash, "name", &what())?;
    let schema_ref = expect(hash, "schema_ref", &what())?;
    let urls = hash.get(b"data_urls".as_slice());
    let urls = urls.ok_or_else(|| RedisError::NoField { what: what(), field: "data_urls" })?;
    let metadata = hash.get(b"metadata".as_slice()).map(Vec::as_slice);
    let mut entry = Entry::from_stored(cid, name, schema_ref, urls, metadata)?;
    entry.legacy_uuid = get(hash, "legacy_uuid")?.filter(|uuid| !uuid.is_empty());
    Ok(Some(entry))
}

/// What atdata 0.1 has stored under `BasicIndexEntry:{uuid}`.
///
/// Its metadata are in a file, which is one of this machine only if the database is.
pub(super) fn legacy_entry(key: &[u8], hash: &Hash, is_local: bool) -> Result<Option<Entry>> {
    let Some(uuid) = keys::legacy_uuid(key).filter(|_| !hash.is_empty()) else { return Ok(None) };
    let what = format!("the old entry {uuid}");
    let (url, kind) = (expect(hash, "wds_url", &what)?, expect(hash, "sample_kind", &what)?);
    let metadata = get(hash, "metadata_url")?.filter(|url| !url.is_empty()).map(|url| {
        Some(&url).filter(|_| is_local).and_then(|url| local_metadata(url)).unwrap_or_else(|| {
            let mut metadata = DictSample::new();
            metadata.insert("metadata_url", url.as_str());
            metadata
        })
    });
    let mut entry = Entry::new(uuid, format!("local://schemas/{kind}@1.0.0"), [url])?.with_metadata(metadata);
    entry.legacy_uuid = Some(uuid.to_owned());
    Ok(Some(entry))
}

/// The metadata in a file of this machine, and of nothing else that a database may name.
fn local_metadata(url: &str) -> Option<DictSample> {
    let path = Path::new(url);
    let is_named_so = path.is_absolute() && path.extension().is_some_and(|end| end == "msgpack");
    if !is_named_so || !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(METADATA_MAX + 1).read_to_end(&mut bytes).ok()?;
    if bytes.len() as u64 > METADATA_MAX {
        return None;
    }
    DictSample::unpack(&bytes).ok()
}

/// A label, and when it was set, in microseconds, where it was us who did.
pub(super) struct Dated {
    pub(super) label: Label,
    stamp: Option<i64>,
    /// When we have set it, whether or not Python has pointed it elsewhere since.
    ours: Option<i64>,
}

pub(super) fn label(hash: &Hash) -> Result<Option<Dated>> {
    if hash.is_empty() {
        return Ok(None);
    }
    let name = expect(hash, "name", "a label")?;
    let cid = expect(hash, "cid", "a label")?;
    let is_ours = hash.get(b"created_cid".as_slice()).is_some_and(|own| own.as_slice() == cid.as_bytes());
    let ours = get(hash, "created_at")?.and_then(|stamp| stamp.parse().ok());
    let stamp = ours.filter(|_| is_ours);
    let label = Label::new(name, cid).with_version(get(hash, "version")?.unwrap_or_default());
    let mut label = label.with_description(get(hash, "description")?);
    label.created_at = stamp.and_then(DateTime::<Utc>::from_timestamp_micros).map(time);
    Ok(Some(Dated { label, stamp, ours }))
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, false)
}

/// The latest of the labels of one name that can be read; of the others it is not known when they were set.
pub(super) fn latest(hashes: &[Hash]) -> Option<Label> {
    latest_of(readable("a label", hashes.iter().filter_map(|hash| label(hash).transpose())))
}

fn latest_of(labels: Vec<Dated>) -> Option<Label> {
    if let Some(latest) = latest_of_python(&labels) {
        return Some(latest.label.clone());
    }
    let all_ours = labels.iter().all(|dated| dated.stamp.is_some());
    let latest = labels.into_iter().max_by(|a, b| {
        if all_ours {
            a.stamp.cmp(&b.stamp)
        } else {
            by_version(a.label.version.as_deref(), b.label.version.as_deref())
        }
    });
    latest.map(|dated| dated.label)
}

/// The label that was the latest when Python has pointed it elsewhere, which was later still; `None` where any other may
/// have been pointed elsewhere since.
fn latest_of_python(labels: &[Dated]) -> Option<&Dated> {
    let mut theirs = labels.iter().filter(|dated| dated.stamp.is_none());
    let only = theirs.next().filter(|_| theirs.next().is_none())?;
    let at = only.ours?;
    labels.iter().all(|dated| dated.ours <= Some(at)).then_some(only)
}

/// No version, then versions that are none of semver, as texts, then those of semver.
fn by_version(a: Option<&str>, b: Option<&str>) -> Ordering {
    let rank = |version: Option<&str>| version.map(|version| Version::parse(version).ok());
    rank(a).cmp(&rank(b)).then_with(|| a.cmp(&b))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn hash(fields: &[(&str, &str)]) -> Hash {
        fields.iter().map(|(field, value)| ((*field).into(), (*value).into())).collect()
    }

    fn latest_version(labels: &[(&str, Option<&str>)]) -> Option<String> {
        let hashes: Vec<_> = labels
            .iter()
            .map(|(version, stamp)| {
                let mut fields = vec![("name", "a"), ("cid", "c"), ("version", *version), ("created_cid", "c")];
                fields.extend(stamp.map(|stamp| ("created_at", stamp)));
                hash(&fields)
            })
            .collect();
        latest(&hashes).unwrap().version
    }

    #[test]
    fn the_latest_label_is_the_last_set_and_without_times_the_highest_version() {
        assert_eq!(latest_version(&[("2.0.0", Some("5")), ("1.0.0", Some("10"))]).unwrap(), "1.0.0");
        assert_eq!(latest_version(&[("2.0.0", Some("5")), ("1.0.0", None)]).unwrap(), "2.0.0");
        assert_eq!(latest_version(&[("1.9.0", None), ("1.10.0", None), ("", None)]).unwrap(), "1.10.0");
        assert_eq!(latest_version(&[("2.0.0-rc.1", None), ("2.0.0", None)]).unwrap(), "2.0.0");
        assert_eq!(latest_version(&[("z", None), ("0.0.1", None)]).unwrap(), "0.0.1");
        assert_eq!(latest_version(&[("", None), ("z", None)]).unwrap(), "z");
        assert_eq!(latest_version(&[("", None)]), None);
    }

    #[test]
    fn the_latest_label_stays_that_when_python_points_it_elsewhere() {
        let latest = |labels: &[(&str, &str, &str)]| {
            let hash = |(version, at, own): &(&str, &str, &str)| {
                hash(&[("name", "a"), ("cid", "c"), ("version", version), ("created_at", at), ("created_cid", own)])
            };
            latest(&labels.iter().map(hash).collect::<Vec<_>>()).unwrap().version.unwrap_or_default()
        };
        assert_eq!(latest(&[("", "10", "b"), ("1.0.0", "5", "c")]), "");
        assert_eq!(latest(&[("1.0.0", "10", "b"), ("2.0.0", "5", "c"), ("3.0.0", "7", "c")]), "1.0.0");
        // An older one may have been pointed elsewhere before or behind the latest.
        assert_eq!(latest(&[("1.0.0", "10", "c"), ("2.0.0", "5", "b")]), "2.0.0");
        assert_eq!(latest(&[("1.0.0", "10", "b"), ("2.0.0", "5", "b")]), "2.0.0");
    }

    #[test]
    fn one_damaged_label_hides_no_other() {
        let sound = hash(&[("name", "a"), ("cid", "c"), ("version", "1.0.0")]);
        let label = latest(&[hash(&[("name", "a")]), sound]).unwrap();
        assert_eq!(label.version.as_deref(), Some("1.0.0"));
    }

    #[test]
    fn the_time_of_a_label_that_was_pointed_elsewhere_since_is_not_known() {
        let fields = [("name", "a"), ("cid", "c"), ("version", ""), ("created_at", "1772366400123456")];
        let ours = [&fields[..], &[("created_cid", "c")]].concat();
        let at = label(&hash(&ours)).unwrap().unwrap().label.created_at;
        assert_eq!(at.as_deref(), Some("2026-03-01T12:00:00.123456+00:00"));
        let theirs = [&fields[..], &[("created_cid", "b")]].concat();
        assert_eq!(label(&hash(&theirs)).unwrap().unwrap().label.created_at, None);
    }

    #[test]
    fn only_metadata_files_of_this_machine_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut metadata = DictSample::new();
        metadata.insert("split", "train");
        let path = folder.path().join("m.msgpack");
        std::fs::write(&path, metadata.pack()).unwrap();
        let read_from = |url: &str, is_local| {
            let fields = [("wds_url", "/d.tar"), ("sample_kind", "m.C"), ("metadata_url", url)];
            legacy_entry(b"BasicIndexEntry:u", &hash(&fields), is_local).unwrap().unwrap()
        };
        let read = |url: &str| read_from(url, true);
        // What another machine calls a file is none of this one.
        let unread = read_from(path.to_str().unwrap(), false).metadata.unwrap();
        assert_eq!(unread.get("metadata_url").unwrap().as_str(), path.to_str());
        let entry = read(path.to_str().unwrap());
        assert_eq!(entry.metadata, Some(metadata));
        assert_eq!((entry.name.as_str(), entry.schema_ref.as_str()), ("u", "local://schemas/m.C@1.0.0"));
        for other in ["https://example.com/m.msgpack", "m.msgpack", "/etc/passwd", "/no/such.msgpack"] {
            assert_eq!(read(other).metadata.unwrap().get("metadata_url").unwrap().as_str(), Some(other));
        }
    }
}
