//! Keys of fields, as they are compared with the bytes of a sample.

use std::cmp::Ordering;

use atdata_schema::matching::compare_texts;

use crate::array::ArraySpec;

/// A field name, the same as a msgpack string, and what is declared of the field's arrays.
#[derive(Debug, Clone, Copy)]
pub struct FieldKey {
    name: &'static str,
    pub(super) encoded: &'static [u8],
    /// The first eight bytes of the latter, and which of them there are: most keys are compared by these alone.
    pub(super) word: u64,
    pub(super) mask: u64,
    pub(super) spec: Option<ArraySpec>,
    /// Other names that samples may have the field under.
    aliases: &'static [&'static str],
}

impl FieldKey {
    /// The key of no field: names are not empty.
    pub(crate) const NONE: Self = Self::new("", &[]);

    /// `encoded` is `name` as msgpack.
    pub const fn new(name: &'static str, encoded: &'static [u8]) -> Self {
        let (mut word, mut mask, mut at) = (0, 0, 0);
        let mut left = encoded;
        while let (Some((&byte, rest)), true) = (left.split_first(), at < 8) {
            word |= (byte as u64) << (8 * at);
            mask |= 0xff << (8 * at);
            left = rest;
            at += 1;
        }
        Self { name, encoded, word, mask, spec: None, aliases: &[] }
    }

    /// With what the field's attributes declare of its arrays.
    #[must_use]
    pub const fn declared(self, spec: ArraySpec) -> Self {
        Self { spec: Some(spec), ..self }
    }

    /// With other names that samples may have the field under.
    #[must_use]
    pub const fn or_as(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// The name on the wire.
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn spec(&self) -> ArraySpec {
        self.spec.unwrap_or(ArraySpec::ANY)
    }

    pub(super) const fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }
}

/// The keys of a type, in the order in which its fields are declared, and by name.
#[derive(Debug, Clone, Copy)]
pub struct Keys {
    list: &'static [FieldKey],
    /// Numbers of the keys, sorted by name: a type may have hundreds, and a sample have them in any order.
    order: &'static [u16],
    has_specs: bool,
    has_aliases: bool,
}

impl Keys {
    /// No keys at all.
    pub const NONE: Self = Self::new(&[], &[]);

    const fn new(keys: &'static [FieldKey], order: &'static [u16]) -> Self {
        let (mut has_specs, mut has_aliases, mut rest) = (false, false, keys);
        while let [key, later @ ..] = rest {
            has_specs |= key.spec.is_some();
            has_aliases |= !key.aliases.is_empty();
            rest = later;
        }
        Self { list: keys, order, has_specs, has_aliases }
    }

    /// In declaration order.
    #[inline]
    pub const fn list(&self) -> &'static [FieldKey] {
        self.list
    }

    /// Their numbers, sorted by name.
    pub(super) const fn order(&self) -> &'static [u16] {
        self.order
    }

    /// Whether anything is declared of the arrays in a field.
    #[inline]
    pub(super) const fn has_specs(&self) -> bool {
        self.has_specs
    }

    /// The number of the field of that name.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        let key = |at: &u16| self.list.get(usize::from(*at)).map_or("", FieldKey::name);
        let found = self.order.binary_search_by(|at| key(at).cmp(name)).ok()?;
        self.order.get(found).map(|at| usize::from(*at))
    }

    /// The number of the field that has that name as another one of its own. Few types have such names, and few samples of
    /// those use them.
    pub(super) fn position_of_alias(&self, name: &str) -> Option<usize> {
        if self.has_aliases { self.list.iter().position(|key| key.aliases.contains(&name)) } else { None }
    }

    /// [`position`](Self::position) while compiling.
    #[allow(clippy::indexing_slicing, reason = "numbers of keys; `get` is not const")]
    pub(super) const fn find(&self, name: &str) -> Option<usize> {
        let (mut first, mut end) = (0, self.order.len());
        // What all names between the two ends have in common with this one is not looked at again: the compiler interprets
        // each step, and the fields of a view are looked up so.
        let (mut like_before, mut like_after) = (0, 0);
        while first < end {
            let middle = usize::midpoint(first, end);
            let at = self.order[middle] as usize;
            let from = if like_before < like_after { like_before } else { like_after };
            let (other, alike) = (self.list[at].name.as_bytes(), common(self.list[at].name, name, from));
            let is_less = match (alike == other.len(), alike == name.len()) {
                (true, true) => return Some(at),
                (false, false) => other[alike] < name.as_bytes()[alike],
                (is_whole, _) => is_whole,
            };
            if is_less {
                (first, like_before) = (middle + 1, alike);
            } else {
                (end, like_after) = (middle, alike);
            }
        }
        None
    }
}

/// The keys of a type with `N` fields.
#[derive(Debug, Clone, Copy)]
pub struct KeyTable<const N: usize> {
    keys: [FieldKey; N],
    order: [u16; N],
}

impl<const N: usize> KeyTable<N> {
    /// With the keys in the order of the fields.
    pub const fn new(keys: [FieldKey; N]) -> Self {
        Self { keys, order: sorted(&keys) }
    }

    /// The same for types of any number of fields.
    pub const fn keys(&'static self) -> Keys {
        Keys::new(&self.keys, &self.order)
    }

    pub(super) const fn list(&self) -> &[FieldKey; N] {
        &self.keys
    }
}

/// The numbers of the keys by name: sorted by merging runs, for the compiler gives up on constants that take too many
/// steps.
#[allow(clippy::indexing_slicing, reason = "bounded by the array's length; `get` is not const")]
#[allow(clippy::cast_possible_truncation, reason = "a struct of more fields does not compile anyway")]
const fn sorted<const N: usize>(keys: &[FieldKey; N]) -> [u16; N] {
    let (mut order, mut begins, mut at) = ([0; N], [0; N], 0);
    while at < N {
        order[at] = at as u16;
        begins[at] = begin(keys[at].name);
        at += 1;
    }
    let mut run = 1;
    while run < N {
        let (mut merged, mut start) = ([0; N], 0);
        while start < N {
            let middle = if start + run < N { start + run } else { N };
            let end = if middle + run < N { middle + run } else { N };
            let (mut left, mut right, mut at) = (start, middle, start);
            while at < end {
                let takes_right = left == middle || (right < end && is_less(keys, &begins, order[right], order[left]));
                let from = if takes_right { &mut right } else { &mut left };
                merged[at] = order[*from];
                *from += 1;
                at += 1;
            }
            start = end;
        }
        order = merged;
        run *= 2;
    }
    order
}

/// By the beginnings of the names where these differ: a comparison of two texts takes the compiler a hundred times as long.
#[allow(clippy::indexing_slicing, reason = "numbers of keys; `get` is not const")]
const fn is_less(keys: &[FieldKey], begins: &[u128], first: u16, second: u16) -> bool {
    let (first, second) = (first as usize, second as usize);
    if begins[first] != begins[second] {
        return begins[first] < begins[second];
    }
    matches!(compare_texts(keys[first].name, keys[second].name), Ordering::Less)
}

/// The first 16 bytes of a text as a number, in whose order texts are.
#[allow(clippy::indexing_slicing, reason = "bounded by its length; `get` is not const")]
const fn begin(text: &str) -> u128 {
    let (bytes, mut begin, mut at) = (text.as_bytes(), 0, 0);
    while at < 16 && at < bytes.len() {
        begin = begin << 8 | bytes[at] as u128;
        at += 1;
    }
    // Of an empty one all bits would be shifted out.
    if at == 0 { 0 } else { begin << (8 * (16 - at)) }
}

/// How many bytes two texts have in common at their beginnings, of which `from` are known.
#[allow(clippy::indexing_slicing, reason = "bounded by their lengths; `get` is not const")]
const fn common(a: &str, b: &str, from: usize) -> usize {
    let (a, b, mut at) = (a.as_bytes(), b.as_bytes(), from);
    let end = if a.len() < b.len() { a.len() } else { b.len() };
    while at < end && a[at] == b[at] {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn keys_are_found_by_name_in_any_order() {
        const KEYS: [FieldKey; 7] = [
            FieldKey::new("label", b"\xa5label"),
            FieldKey::new("a", b"\xa1a"),
            FieldKey::new("labels", b"\xa6labels"),
            FieldKey::new("Z", b"\xa1Z"),
            FieldKey::new("ü", "\u{a2}ü".as_bytes()),
            FieldKey::new("lab", b"\xa3lab"),
            FieldKey::new("zz", b"\xa2zz"),
        ];
        const ORDER: [u16; 7] = sorted(&KEYS);
        static FOUND: Keys = Keys::new(&KEYS, &ORDER);
        assert_eq!(ORDER.map(|at| KEYS[usize::from(at)].name), ["Z", "a", "lab", "label", "labels", "zz", "ü"]);
        for (at, key) in KEYS.iter().enumerate() {
            assert_eq!((FOUND.position(key.name), FOUND.find(key.name)), (Some(at), Some(at)), "{}", key.name);
        }
        for name in ["", "A", "la", "labelss", "zzz", "ö"] {
            assert_eq!((FOUND.position(name), FOUND.find(name)), (None, None), "{name}");
        }
        assert_eq!(Keys::NONE.position("a"), None);
        assert_eq!(sorted(&[]), [0_u16; 0]);
    }

    #[test]
    fn names_with_long_beginnings_in_common_are_told_apart() {
        const NAMES: [&str; 9] = [
            "features_of_the_left_image_b",
            "features_of_the_left_image",
            "features_of_the_left_image_a",
            "features_of_the",
            "features_of_the_",
            "features_of_the_\0",
            "features_of_the_r",
            "f",
            "features_of_the_left_image_bb",
        ];
        const KEYS: [FieldKey; 9] = {
            let (mut keys, mut at) = ([FieldKey::NONE; 9], 0);
            while at < 9 {
                keys[at] = FieldKey::new(NAMES[at], &[]);
                at += 1;
            }
            keys
        };
        static ORDER: [u16; 9] = sorted(&KEYS);
        const FOUND: Keys = Keys::new(&KEYS, &ORDER);
        let mut expected = NAMES;
        expected.sort_unstable();
        assert_eq!(ORDER.map(|at| KEYS[usize::from(at)].name), expected);
        for (at, name) in NAMES.iter().enumerate() {
            assert_eq!((FOUND.position(name), FOUND.find(name)), (Some(at), Some(at)), "{name:?}");
            let (longer, shorter) = (format!("{name}!"), &name[..name.len() - 1]);
            for other in [&*longer, shorter] {
                assert_eq!(FOUND.find(other), FOUND.position(other), "{other:?}");
            }
        }
    }
}
