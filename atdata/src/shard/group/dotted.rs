//! Keys with dots in them, which readers end at the first.

use std::collections::BTreeMap;

use crate::error::Printable;

/// So many members of one kind are more than a sample has of purpose.
const MANY: usize = 8;
/// Where there is hardly more than one sample, of which nothing can be told by its others.
const MANY_OF_ONE: usize = 16;

/// What the names of members say of keys: many that end alike, `0001.jpg`, `0002.jpg`, each of which few samples have, are
/// rather parts of keys. `members` are the names, each with the number of samples that have it.
pub fn dotted_keys<'m>(members: impl Iterator<Item = (&'m str, u64)>, samples: u64) -> Option<String> {
    let mut endings: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for (name, count) in members {
        let is_rare = count * 2 <= samples || samples <= 2;
        if let Some((_, ending)) = name.split_once('.').filter(|_| is_rare) {
            endings.entry(ending).or_insert((0, name)).0 += 1;
        }
    }
    let many = if samples <= 2 { MANY_OF_ONE } else { MANY };
    let (ending, (count, first)) = endings.into_iter().find(|(_, (count, _))| *count > many)?;
    let (ending, first) = (Printable(ending), Printable(first));
    Some(format!(
        "{count} different members end in `.{ending}`, such as `{first}`, and few samples have each: perhaps keys have dots in \
         them. A key ends at the first dot of its file name, for webdataset as well: files are to be named without others"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_few_samples_have_are_parts_of_keys() {
        let names: Vec<String> = (0..100).map(|number| format!("{number:04}.jpg")).collect();
        let of = |count: usize, each: u64, samples: u64| {
            dotted_keys(names.iter().take(count).map(|name| (name.as_str(), each)), samples)
        };
        let told = of(100, 1, 100).unwrap_or_default();
        assert!(told.starts_with("100 different members end in `.jpg`, such as `0000.jpg`"), "{told}");
        assert!(of(100, 1, 1).is_some(), "all in one sample");
        assert_eq!(of(12, 50, 50), None, "twelve cameras");
        assert_eq!(of(12, 1, 1), None);
        assert_eq!(dotted_keys([("jpg", 9), ("cls", 1)].into_iter(), 9), None);
    }
}
