//! The index in memory: where each file is, found by its path without asking SQLite.

use std::hash::{BuildHasher, RandomState};

use rusqlite::Connection;

use super::error::BarecatError;
use super::node::{Entry, entry};

/// Says of a place that nothing is there.
const EMPTY: u32 = u32::MAX;
/// Set in the number of a shard where the CRC is known.
const HAS_CRC: u32 = 1 << 31;

/// Paths one behind the other, 40 bytes beside each, and a table of hashes.
#[derive(Debug)]
pub(super) struct Lookup {
    names: Vec<u8>,
    /// Where each path ends in `names`.
    ends: Vec<u64>,
    places: Vec<Place>,
    /// Numbers of files, at most every second of them taken.
    table: Vec<u32>,
    hasher: RandomState,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    offset: u64,
    size: u64,
    shard: u32,
    crc32c: u32,
}

impl Lookup {
    /// Reads the whole index; `None` if it takes more than `limit` bytes.
    pub(super) fn load(connection: &Connection, limit: u64) -> Result<Option<Self>, BarecatError> {
        let (names, ends, places, table) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut lookup = Self { names, ends, places, table, hasher: RandomState::new() };
        let mut statement = connection.prepare("SELECT path, shard, offset, size, crc32c FROM files")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            // A damaged row is left to the look-up in SQLite, which says what is wrong with it.
            let (Ok(path), Ok(entry)) = (row.get_ref(0)?.as_str(), entry(row, 1)) else { continue };
            if lookup.bytes_with(1, path.len()) > limit || lookup.places.len() >= 1 << 31 {
                return Ok(None);
            }
            lookup.push(path, entry);
        }
        lookup.shrink();
        if lookup.bytes() > limit {
            return Ok(None);
        }
        lookup.fill_table();
        Ok(Some(lookup))
    }

    fn push(&mut self, path: &str, entry: Entry) {
        // By eighths: what is kept beyond the limit meanwhile is little.
        grow(&mut self.names, path.len());
        grow(&mut self.ends, 1);
        grow(&mut self.places, 1);
        self.names.extend_from_slice(path.as_bytes());
        self.ends.push(self.names.len() as u64);
        let Entry { shard, offset, size, crc32c } = entry;
        let shard = if crc32c.is_some() { shard | HAS_CRC } else { shard };
        self.places.push(Place { offset, size, shard, crc32c: crc32c.unwrap_or(0) });
    }

    fn shrink(&mut self) {
        self.names.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.places.shrink_to_fit();
    }

    /// What it takes with so many files more, and so many bytes of their paths.
    fn bytes_with(&self, files: usize, path: usize) -> u64 {
        let files = self.places.len() + files;
        let bytes = self.names.len() + path + files * (size_of::<u64>() + size_of::<Place>());
        (bytes + slots(files) * size_of::<u32>()) as u64
    }

    /// How much memory it takes.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes_with(0, 0)
    }

    fn fill_table(&mut self) {
        let slots = slots(self.places.len());
        let mut table = vec![EMPTY; slots];
        for number in 0..self.places.len() {
            let mut at = self.slot_of(self.name(number), slots);
            while table.get(at).is_some_and(|taken| *taken != EMPTY) {
                at = (at + 1) & (slots - 1);
            }
            if let (Some(slot), Ok(number)) = (table.get_mut(at), u32::try_from(number)) {
                *slot = number;
            }
        }
        self.table = table;
    }

    #[allow(clippy::cast_possible_truncation, reason = "of a hash any bits will do")]
    fn slot_of(&self, name: &[u8], slots: usize) -> usize {
        self.hasher.hash_one(name) as usize & (slots - 1)
    }

    #[allow(clippy::cast_possible_truncation, reason = "they are lengths of what is in memory")]
    fn name(&self, number: usize) -> &[u8] {
        let end_of = |number: usize| self.ends.get(number).map_or(0, |end| *end as usize);
        let start = number.checked_sub(1).map_or(0, end_of);
        self.names.get(start..end_of(number)).unwrap_or_default()
    }

    pub(super) fn get(&self, path: &str) -> Option<Entry> {
        let slots = self.table.len();
        let mut at = self.slot_of(path.as_bytes(), slots);
        loop {
            let number = *self.table.get(at)?;
            if number == EMPTY {
                return None;
            }
            if self.name(number as usize) == path.as_bytes() {
                let place = self.places.get(number as usize)?;
                return Some(Entry {
                    shard: place.shard & !HAS_CRC,
                    offset: place.offset,
                    size: place.size,
                    crc32c: (place.shard & HAS_CRC != 0).then_some(place.crc32c),
                });
            }
            at = (at + 1) & (slots - 1);
        }
    }
}

/// Places of the table.
fn slots(files: usize) -> usize {
    (files * 2).next_power_of_two()
}

fn grow<T>(items: &mut Vec<T>, more: usize) {
    if items.capacity() - items.len() < more {
        items.reserve_exact(more.max(items.len() / 8).max(64));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("PRAGMA foreign_keys=OFF").unwrap();
        connection.execute_batch(super::super::schema::TABLES).unwrap();
        connection
    }

    #[test]
    fn each_path_is_found_and_no_other() {
        let connection = index();
        let sql = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i<4999) \
                   INSERT INTO files(path,shard,offset,size,crc32c) SELECT 'd/'||i, i%7, i*10, i, CASE i%2 WHEN 0 THEN i END FROM n";
        connection.execute(sql, []).unwrap();
        connection.execute("INSERT INTO files(path,shard,offset) VALUES('damaged',-1,0)", []).unwrap();
        let lookup = Lookup::load(&connection, u64::MAX).unwrap().unwrap();
        for i in 0..5000_u32 {
            let expected = Entry {
                shard: i % 7,
                offset: u64::from(i) * 10,
                size: u64::from(i),
                crc32c: (i % 2 == 0).then_some(i),
            };
            assert_eq!(lookup.get(&format!("d/{i}")), Some(expected));
        }
        assert_eq!((lookup.get("d/5000"), lookup.get(""), lookup.get("damaged")), (None, None, None));
        assert!(Lookup::load(&connection, lookup.bytes() - 1).unwrap().is_none());
        assert!(Lookup::load(&connection, lookup.bytes()).unwrap().is_some());
    }

    #[test]
    fn an_empty_index_has_nothing() {
        let connection = index();
        assert_eq!(Lookup::load(&connection, 100).unwrap().unwrap().get("a"), None);
    }
}
