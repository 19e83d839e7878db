//! The names of the shards of a pack, each of which is one in the pack's own folder.

use super::{PackError, damaged};

/// Names in the order of their bytes, by which they are looked for; none is ever made a path of.
#[derive(Debug)]
pub(crate) struct Names {
    /// Where each of them ends, 4 bytes each.
    ends: Vec<u8>,
    all: Vec<u8>,
}

/// Whether a shard of that name can be in a pack: it is one name in any system.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && !matches!(name, "." | "..") && !name.contains(['/', '\\', '\0'])
}

impl Names {
    /// Those of a pack, held against what they have to be.
    pub(super) fn of_pack(ends: Vec<u8>, all: Vec<u8>) -> Result<Self, PackError> {
        let names = Self { ends, all };
        let mut before: Option<&str> = None;
        for at in 0..names.len() {
            let name = names.get(at).and_then(|name| std::str::from_utf8(name).ok()).filter(|name| is_name(name));
            let name = name.ok_or_else(|| damaged("the name of a shard is none"))?;
            if before.is_some_and(|before| before >= name) {
                return Err(damaged("the names of its shards are not in order"));
            }
            before = Some(name);
        }
        if names.start(names.len()) == Some(names.all.len()) {
            Ok(names)
        } else {
            Err(damaged("there is more than the names of its shards"))
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len() / 4
    }

    /// Where a name begins, which is where the one before it ends.
    fn start(&self, at: usize) -> Option<usize> {
        let Some(before) = at.checked_sub(1) else { return Some(0) };
        let end = self.ends.get(4 * before..)?.first_chunk()?;
        usize::try_from(u32::from_le_bytes(*end)).ok()
    }

    fn get(&self, at: usize) -> Option<&[u8]> {
        self.all.get(self.start(at)?..self.start(at + 1)?)
    }

    /// All of them, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|at| std::str::from_utf8(self.get(at)?).ok())
    }

    /// Which of them a name is; it may be the one at `near`.
    pub(crate) fn find(&self, name: &str, near: usize) -> Option<usize> {
        let name = name.as_bytes();
        if self.get(near) == Some(name) {
            return Some(near);
        }
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = from.midpoint(to);
            match self.get(middle)?.cmp(name) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => to = middle,
            }
        }
        None
    }
}
