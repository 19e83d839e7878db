//! Names of fields: samples without a type that have the same names share them.

use std::cell::Cell;
use std::sync::Arc;

use crate::error::{Result, push, shared_text};
use crate::sample::{Cursor, PackField, Value};

/// The names of a sample's fields in their order, each once.
pub(crate) type Names = Arc<Vec<Arc<str>>>;

/// How many lists of names a thread remembers: those of a few kinds of samples that are mixed.
const REMEMBERED: usize = 8;
/// Longer lists are not remembered, and neither are those with longer names, so that a thread keeps little.
const MOST_NAMES: usize = 256;
const MOST_BYTES: usize = 8 << 10;

thread_local! {
    /// The names of the last samples, the latest first.
    static RECENT: Cell<Vec<Names>> = const { Cell::new(Vec::new()) };
}

/// Names and values of a map.
pub(super) enum Entries {
    /// Each name is there once.
    Distinct(Names, Vec<Value>),
    /// Some name may be there again.
    Any(Vec<Arc<str>>, Vec<Value>),
}

/// Reads the entries of a map. Names that are those of a sample before are that sample's.
pub(super) fn read_entries(cursor: &mut Cursor<'_>, len: usize) -> Result<Entries> {
    // Taken out: whatever is read inside of this map finds none, and no borrow is held while it is.
    let mut recent = RECENT.try_with(Cell::take).unwrap_or_default();
    let entries = read_like(cursor, len, &mut recent);
    // Fails only where the thread ends, which remembers nothing any longer.
    _ = RECENT.try_with(|place| place.set(recent));
    entries
}

/// Remembers the names of a sample for those that come behind it.
pub(super) fn remember(names: &Names) {
    let bytes: usize = names.iter().map(|name| name.len()).sum();
    if names.len() <= MOST_NAMES && bytes <= MOST_BYTES {
        _ = RECENT.try_with(|place| {
            let mut recent = place.take();
            recent.truncate(REMEMBERED - 1);
            recent.insert(0, Arc::clone(names));
            place.set(recent);
        });
    }
}

fn read_like(cursor: &mut Cursor<'_>, len: usize, recent: &mut [Names]) -> Result<Entries> {
    let mut values = Vec::with_capacity(cursor.trusted_len::<Value>(len));
    let mut reading = Reading { len, recent, like: None, own: Vec::new() };
    reading.like = reading.find(0, |_| true);
    for at in 0..len {
        let key = cursor.read_key()?;
        reading.name(at, key)?;
        push(&mut values, Value::read(cursor).map_err(|error| error.in_entry(key))?)?;
    }
    let Reading { like, own, .. } = reading;
    let Some(like) = like else { return Ok(Entries::Any(own, values)) };
    if let Some(upto) = recent.get_mut(..=like) {
        upto.rotate_right(1);
    }
    Ok(match recent.first() {
        Some(names) => Entries::Distinct(Arc::clone(names), values),
        None => Entries::Any(own, values),
    })
}

/// The names of the sample that is read, as far as they are known.
struct Reading<'r> {
    len: usize,
    recent: &'r [Names],
    /// Which of the lists they are so far.
    like: Option<usize>,
    /// They, if they are none of those.
    own: Vec<Arc<str>>,
}

impl Reading<'_> {
    /// The first list from `start` on that is as long as it has to be, and fits.
    fn find(&self, start: usize, fits: impl Fn(&[Arc<str>]) -> bool) -> Option<usize> {
        let is_like = |names: &Names| names.len() == self.len && fits(names);
        self.recent.iter().skip(start).position(is_like).map(|found| start + found)
    }

    #[inline]
    fn name(&mut self, at: usize, name: &str) -> Result<()> {
        let Some(like) = self.like else { return self.add(name) };
        if self.recent.get(like).and_then(|names| names.get(at)).is_none_or(|known| **known != *name) {
            return self.other(like, at, name);
        }
        Ok(())
    }

    fn add(&mut self, name: &str) -> Result<()> {
        Ok(push(&mut self.own, shared_text(name)?)?)
    }

    /// The name is not that of the list, whose names before it are those of the sample.
    #[cold]
    fn other(&mut self, like: usize, at: usize, name: &str) -> Result<()> {
        let before = self.recent.get(like).and_then(|names| names.get(..at)).unwrap_or_default();
        let goes_on =
            |names: &[Arc<str>]| names.get(at).is_some_and(|known| **known == *name) && names.get(..at) == Some(before);
        self.like = self.find(like + 1, goes_on);
        if self.like.is_none() {
            self.own = before.to_vec();
            self.add(name)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::sample::{DictSample, Packable};

    fn places(sample: &DictSample) -> Vec<*const u8> {
        sample.keys().map(str::as_ptr).collect()
    }

    fn of(fields: &[(&str, i64)]) -> DictSample {
        fields.iter().copied().collect()
    }

    #[test]
    fn samples_of_one_kind_share_their_names() {
        let pairs: [&[(&str, i64)]; 4] = [
            &[("text", 1), ("label", 2)],
            &[("text", 3), ("label", 4)],
            &[("text", 5), ("score", 6)],
            &[("text", 7), ("label", 8), ("score", 9)],
        ];
        let packed = pairs.map(|fields| of(fields).pack());
        let read = || packed.each_ref().map(|packed| DictSample::unpack(packed).unwrap());
        let (first, again) = (read(), read());
        for (sample, fields) in first.iter().zip(pairs) {
            assert_eq!(sample, &of(fields));
        }
        assert_eq!(places(&first[0]), places(&first[1]));
        assert_eq!(places(&first[0])[0], places(&first[2])[0], "what is before the name that differs");
        for (sample, again) in first.iter().zip(&again) {
            assert_eq!(places(sample), places(again), "kinds are mixed");
        }
    }

    #[test]
    fn a_sample_that_is_changed_changes_no_other() {
        let packed = DictSample::from_iter([("a", 1), ("b", 2)]).pack();
        let (mut one, two) = (DictSample::unpack(&packed).unwrap(), DictSample::unpack(&packed).unwrap());
        one.insert("c", 3);
        one.remove("a");
        assert_eq!(one, DictSample::from_iter([("b", 2), ("c", 3)]));
        assert_eq!(two, DictSample::from_iter([("a", 1), ("b", 2)]));
        assert_eq!(DictSample::unpack(&packed).unwrap(), two);
    }

    #[test]
    fn no_more_than_a_few_names_are_remembered() {
        let unpacked = |name: &str| DictSample::unpack(&DictSample::from_iter([(name, 1)]).pack()).unwrap();
        let first = unpacked("first");
        let long = "n".repeat(super::MOST_BYTES + 1);
        assert_ne!(places(&unpacked(&long)), places(&unpacked(&long)));
        assert_eq!(places(&first), places(&unpacked("first")));
        let others: Vec<_> = (0..super::REMEMBERED).map(|number| unpacked(&number.to_string())).collect();
        assert_ne!(places(&first), places(&unpacked("first")));
        assert_eq!(others.len(), super::REMEMBERED);
    }
}
