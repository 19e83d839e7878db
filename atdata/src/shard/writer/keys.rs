//! Keys that every reader reads back as they were written.

use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::error::{Cause, Error, ErrorKind, Result};

/// Longer ones have no place in any file system.
const MAX_LENGTH: usize = 4096;
/// The field that a packed sample is.
const FIELD: &str = ".msgpack";

/// Makes member names of keys, and keys where there are none.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// Key and field of the sample that is being written, and how long the key is.
    name: String,
    key_length: usize,
    /// The key of the sample before it.
    last: String,
    made: Made,
}

/// `UUIDv7`s in ascending order.
///
/// Each costs a call to the system, more than all else that a small sample needs, so that only some are drawn and those
/// between are counted up from there (RFC 9562, 6.2, method 2). No two sinks of a process meet: what is drawn differs
/// in the clock and the counter, of which there is one for the process, and only the 32 random bits below are counted.
#[derive(Debug, Default)]
struct Made {
    last: u128,
    /// How many may be counted up before the next is drawn.
    left: u32,
}

impl Made {
    const DRAWN_EVERY: u32 = 64;

    fn next(&mut self) -> Uuid {
        let random = self.last & u128::from(u32::MAX);
        if self.left == 0 || random == u128::from(u32::MAX) {
            self.last = Uuid::now_v7().as_u128();
            self.left = Self::DRAWN_EVERY;
        } else {
            self.last += 1;
        }
        self.left -= 1;
        Uuid::from_u128(self.last)
    }
}

impl Keys {
    /// Checks `key`, or makes one, and gives the name of its member.
    pub(super) fn member(&mut self, key: Option<&str>) -> Result<&str> {
        self.name.clear();
        if let Some(key) = key {
            check(key).map_err(|cause| Error::from(cause).with_key(shortened(key)))?;
            if key == self.last {
                return Err(Error::from(KeyError::Repeated).with_key(key));
            }
            self.name.push_str(key);
        } else {
            let mut buffer = [0; Hyphenated::LENGTH];
            self.name.push_str(self.made.next().hyphenated().encode_lower(&mut buffer));
        }
        self.key_length = self.name.len();
        self.name.push_str(FIELD);
        Ok(&self.name)
    }

    /// The same of a sample that is copied, which keeps the key that it has.
    pub(super) fn member_of_copy(&mut self, key: &str) -> Result<&str> {
        if self.repeats(key) {
            return Err(Error::from(KeyError::RepeatedInCopy).with_key(key));
        }
        self.member(Some(key))
    }

    /// The name of another member of the sample that is being written.
    pub(super) fn name_of(&mut self, field: &str) -> &str {
        self.name.truncate(self.key_length);
        self.name.push('.');
        self.name.push_str(field);
        &self.name
    }

    /// The key of the sample that is being written.
    #[cfg(feature = "manifest")]
    pub(super) fn current(&self) -> &str {
        self.name.get(..self.key_length).unwrap_or_default()
    }

    /// The key of the sample before.
    pub(super) fn last(&self) -> &str {
        &self.last
    }

    /// Whether `key` is that of the sample before.
    pub(super) fn repeats(&self, key: &str) -> bool {
        !key.is_empty() && key == self.last
    }

    /// That sample is written: the next one needs another key.
    pub(super) fn accept(&mut self) {
        self.name.truncate(self.key_length);
        std::mem::swap(&mut self.name, &mut self.last);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum KeyError {
    #[error("expected a key, found an empty one: give each sample a name, or no key at all to have one made")]
    Empty,
    #[error("expected a key of at most {MAX_LENGTH} bytes, found {length}: shorten it, or write a hash of it")]
    Long { length: usize },
    #[error("found a dot in the last part of the key, where readers end it: write `_` or `-` instead of `.`")]
    Dot,
    #[error("found the control character {found:?} in the key: leave it out")]
    Control { found: char },
    #[error("expected a name after the last `/` of the key, found none: leave out the `/` or write a name behind it")]
    Slash,
    #[error("expected a relative key, found one that begins with `/`: leave the `/` out")]
    Absolute,
    #[error(
        "found `..` as a part of the key, which leads out of the folder it is unpacked to: name the parts otherwise"
    )]
    Parent,
    #[error("found `__…__` as the first part of the key, which readers skip as metadata: leave out the underscores")]
    Metadata,
    #[error("found the key of the sample before it: readers would take both for one sample, so write another key")]
    Repeated,
    #[error(
        "found the key of the sample before it: readers would take both for one sample; with a limit (`max_count` or \
         `max_size`, the program with --max-count) another shard begins between them"
    )]
    RepeatedInCopy,
}

impl Cause for KeyError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

/// Whether readers give `key` back as it is, and unpacking cannot leave its folder.
///
/// A backslash or a drive letter is no reason to refuse: they are legal in keys of existing datasets, which have to be
/// copied with the keys they have. A part `..` is refused behind either kind of slash.
fn check(key: &str) -> Result<(), KeyError> {
    if key.is_empty() {
        return Err(KeyError::Empty);
    }
    if key.len() > MAX_LENGTH {
        return Err(KeyError::Long { length: key.len() });
    }
    // Most keys are plain words of ASCII: one pass over the bytes is all they cost.
    if key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
        return Ok(());
    }
    check_parts(key)
}

fn check_parts(key: &str) -> Result<(), KeyError> {
    if let Some(found) = key.chars().find(|c| c.is_control()) {
        return Err(KeyError::Control { found });
    }
    if key.starts_with('/') {
        return Err(KeyError::Absolute);
    }
    if key.split(['/', '\\']).any(|part| part == "..") {
        return Err(KeyError::Parent);
    }
    let (folders, name) = key.rsplit_once('/').map_or((None, key), |(folders, name)| (Some(folders), name));
    if name.is_empty() {
        return Err(KeyError::Slash);
    }
    if name.contains('.') {
        return Err(KeyError::Dot);
    }
    let first = folders.and_then(|folders| folders.split('/').next()).unwrap_or_default();
    if first.len() >= 4 && first.starts_with("__") && first.ends_with("__") {
        return Err(KeyError::Metadata);
    }
    Ok(())
}

/// Enough of a key to find it by.
fn shortened(key: &str) -> &str {
    key.char_indices().nth(100).and_then(|(end, _)| key.get(..end)).unwrap_or(key)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]
    use super::*;

    #[test]
    fn keys_that_readers_give_back_are_taken() {
        let long = "a".repeat(MAX_LENGTH);
        for key in
            ["0", "a-b_c", "train/00017", "d.e/a", "./b", "a b", "größe/日本", "__a__", "x/__a__/b", "a\\b", "a:b"]
        {
            assert_eq!(check(key), Ok(()), "{key}");
        }
        assert_eq!(check(&long), Ok(()));
    }

    #[test]
    fn keys_that_readers_would_change_are_refused() {
        let long = "a".repeat(MAX_LENGTH + 1);
        for (key, error) in [
            ("", KeyError::Empty),
            (long.as_str(), KeyError::Long { length: MAX_LENGTH + 1 }),
            ("a.b", KeyError::Dot),
            ("d/.a", KeyError::Dot),
            (".", KeyError::Dot),
            ("a\0", KeyError::Control { found: '\0' }),
            ("a\nb", KeyError::Control { found: '\n' }),
            ("a/", KeyError::Slash),
            ("/a", KeyError::Absolute),
            ("/", KeyError::Absolute),
            ("..", KeyError::Parent),
            ("a/../b", KeyError::Parent),
            ("..\\b", KeyError::Parent),
            ("__x__/a", KeyError::Metadata),
            ("____/a", KeyError::Metadata),
        ] {
            assert_eq!(check(key), Err(error), "{key}");
        }
    }

    #[test]
    fn an_error_names_the_key() {
        let error = Keys::default().member(Some("a.b")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "key a.b: found a dot in the last part of the key, where readers end it: write `_` or `-` instead of `.`"
        );
    }

    #[test]
    fn only_neighbours_may_not_have_the_same_key() {
        let mut keys = Keys::default();
        assert_eq!(keys.member(Some("a")).unwrap(), "a.msgpack");
        assert_eq!(keys.member(Some("a")).unwrap(), "a.msgpack", "the first was not accepted");
        keys.accept();
        assert_eq!(keys.member(Some("a")).unwrap_err().kind(), ErrorKind::InvalidInput);
        keys.member(Some("b")).unwrap();
        keys.accept();
        keys.member(Some("a")).unwrap();
    }

    #[test]
    fn made_keys_sort_in_the_order_they_were_made() {
        let mut keys = Keys::default();
        let made: Vec<String> = (0..10_000).map(|_| keys.member(None).unwrap().to_owned()).collect();
        assert!(made.is_sorted_by(|one, two| one < two));
        assert_eq!(made[0].len(), 36 + FIELD.len());
    }

    #[test]
    fn made_keys_of_two_sinks_are_never_the_same() {
        let (mut one, mut two) = (Made::default(), Made::default());
        let mut made: Vec<Uuid> = (0..10_000).flat_map(|_| [one.next(), two.next()]).collect();
        assert!(made.iter().all(|uuid| uuid.get_version_num() == 7));
        made.sort_unstable();
        made.dedup();
        assert_eq!(made.len(), 20_000);
    }

    #[test]
    fn counting_up_leaves_the_counter_of_the_process_alone() {
        let mut made = Made { last: 7 << 32 | u128::from(u32::MAX), left: 5 };
        assert_ne!(made.next().as_u128() >> 32, 8);
    }
}
