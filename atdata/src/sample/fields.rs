//! Walking the map of a sample: the fields of a type one after the other, each from where the sample has it.

use std::collections::HashSet;

use crate::error::{Error, Result};
use crate::sample::error::MAX_NAMES;
use crate::sample::{Cursor, DecodeError, FieldKey, KeyTable, Keys, Mark, SourceFields};

impl FieldKey {
    /// Passes over the key if it is next, and says whether it was.
    #[inline]
    fn is_next(&self, cursor: &mut Cursor<'_>) -> bool {
        match cursor.here().first_chunk() {
            Some(bytes) if (u64::from_le_bytes(*bytes) ^ self.word) & self.mask != 0 => false,
            Some(_) if self.encoded.len() <= 8 => cursor.take(self.encoded.len()).is_ok(),
            _ => cursor.strip_prefix(self.encoded),
        }
    }
}

/// What a reader knows of the map of its type.
#[derive(Debug)]
pub struct Layout {
    /// The name in Rust, for errors.
    pub(super) type_name: &'static str,
    pub(super) keys: Keys,
    allow_unknown: bool,
}

impl Layout {
    /// With the type's name in Rust, and whether it passes over fields that it does not know.
    pub const fn new<const N: usize>(type_name: &'static str, keys: &'static KeyTable<N>, allow_unknown: bool) -> Self {
        Self { type_name, keys: keys.keys(), allow_unknown }
    }

    /// The fields on the wire, in declaration order.
    pub const fn keys(&self) -> Keys {
        self.keys
    }
}

/// The map of a sample, whose fields are asked for in the order in which the type has them.
///
/// Writers keep that order, so the field that is asked for is mostly the next one. Where it is not, the fields in between
/// are passed over, and read from where they are when their turn comes. Of a field that is there twice the last value
/// counts, as in Python.
#[derive(Debug)]
pub struct Fields<'f, 'a> {
    cursor: &'f mut Cursor<'a>,
    /// From the head of the map on: for errors to look at, and to begin anew.
    sample: Mark<'a>,
    layout: &'static Layout,
    /// Those of the type that was written, which may be another than the one that is read.
    keys: Keys,
    source: Option<&'static SourceFields>,
    has_specs: bool,
    /// Pairs that nobody has looked at yet.
    left: usize,
    /// Where the values are of fields that came before their turn; empty as long as none did.
    ahead: Vec<Option<Mark<'a>>>,
    /// What is wrong with the bytes behind the last of those.
    damage: Option<Error>,
    is_final: bool,
    /// Whether a field is missing that the type cannot do without.
    lacks: bool,
}

/// Where the value is of the field that was asked for.
enum Place<'a> {
    Next,
    Ahead(Mark<'a>),
    Nowhere,
}

impl<'f, 'a> Fields<'f, 'a> {
    /// Reads the head of the map.
    #[inline]
    pub(super) fn open(cursor: &'f mut Cursor<'a>, layout: &'static Layout) -> Result<Self> {
        let sample = cursor.mark();
        let left = cursor.read_map_len()?;
        let source = cursor.source();
        let keys = source.and_then(SourceFields::keys).unwrap_or(layout.keys);
        let has_specs = layout.keys.has_specs() || (source.is_some() && keys.has_specs());
        let (ahead, damage) = (Vec::new(), None);
        Ok(Self { cursor, sample, layout, keys, source, has_specs, left, ahead, damage, is_final: false, lacks: false })
    }

    /// The name of the field in the type that is read.
    #[inline]
    pub(super) fn name(&self, at: usize) -> &'static str {
        self.layout.keys.list().get(at).map_or("", FieldKey::name)
    }

    /// What stands for a field that the sample does not have.
    #[cold]
    pub(super) fn absent<T>(&mut self, at: usize, absent: fn(&'static str, &[u8]) -> Result<T>) -> Result<T> {
        absent(self.name(at), self.sample.here()).inspect_err(|_| self.lacks = true)
    }

    /// Reads the field of that number, `None` if the sample does not have it.
    #[inline]
    pub(super) fn read<T>(&mut self, at: usize, read: impl FnOnce(&mut Cursor<'a>) -> Result<T>) -> Result<Option<T>> {
        // Comparing one key's bytes saves decoding and looking it up.
        let is_next = self.left > 0 && self.keys.list().get(at).is_some_and(|key| key.is_next(self.cursor));
        let behind = if is_next {
            self.left -= 1;
            None
        } else {
            match self.find(at)? {
                Place::Next => None,
                Place::Ahead(value) => {
                    let behind = self.cursor.mark();
                    self.cursor.rewind(value);
                    Some(behind)
                }
                Place::Nowhere => return Ok(None),
            }
        };
        let value = if self.has_specs { self.cursor.with_spec(self.spec(at), read) } else { read(self.cursor) };
        let value = value.map_err(|error| error.in_field(self.name(at)))?;
        if let Some(behind) = behind {
            self.cursor.rewind(behind);
        }
        Ok(Some(value))
    }

    /// What is declared of the arrays in a field, by the type that is read or else by the one that was written.
    fn spec(&self, at: usize) -> crate::array::ArraySpec {
        let keys = |keys: Keys| keys.list().get(at).and_then(|key| key.spec);
        let written = || if self.source.is_some() { keys(self.keys) } else { Some(self.cursor.spec()) };
        keys(self.layout.keys).or_else(written).unwrap_or(crate::array::ArraySpec::ANY)
    }

    #[cold]
    fn find(&mut self, at: usize) -> Result<Place<'a>> {
        if let Some(value) = self.ahead.get_mut(at).and_then(Option::take) {
            return Ok(Place::Ahead(value));
        }
        while let Some(found) = self.next_known()? {
            if found == at {
                return Ok(Place::Next);
            }
            if found < at {
                return Err(repeated());
            }
            self.pass_over(found);
        }
        if let Some(damage) = self.damage.take() {
            return Err(damage);
        }
        if self.source.is_some_and(|source| source.owes(at)) {
            self.is_final = true;
            return Err(DecodeError::MissingField { present: Vec::new() }.into());
        }
        Ok(Place::Nowhere)
    }

    /// Reads keys up to one that the type has, and gives the number of its field.
    fn next_known(&mut self) -> Result<Option<usize>> {
        while self.left > 0 {
            self.left -= 1;
            let name = self.cursor.read_key()?;
            if let Some(found) = self.keys.position(name) {
                return Ok(Some(found));
            }
            if let Some(found) = self.keys.position_of_alias(name) {
                self.has_no_other_name(found, name)?;
                return Ok(Some(found));
            }
            if !self.layout.allow_unknown && self.source.is_none() {
                return Err(self.unknown(name));
            }
            self.cursor.skip().map_err(|error| error.in_entry(name))?;
        }
        Ok(None)
    }

    /// A sample may have a field under one of its names: which of two values counts nobody could tell.
    #[cold]
    fn has_no_other_name(&mut self, found: usize, alias: &str) -> Result<()> {
        let here = self.cursor.mark();
        self.cursor.rewind(self.sample);
        for _ in 0..self.cursor.read_map_len()? {
            let key = self.cursor.read_key()?;
            let is_of = |at: Option<usize>| at == Some(found);
            if key != alias && (is_of(self.keys.position(key)) || is_of(self.keys.position_of_alias(key))) {
                let names = [key.to_owned(), alias.to_owned()];
                self.is_final = true;
                return Err(Error::from(DecodeError::TwoNames { names }).in_field(self.name(found)));
            }
            self.cursor.skip()?;
        }
        self.cursor.rewind(here);
        Ok(())
    }

    /// Notes where the value of a field is. One that cannot be passed over is read when its turn comes, for its reader
    /// says best what is wrong with it.
    fn pass_over(&mut self, found: usize) {
        self.ahead.resize(self.keys.list().len(), None);
        if let Some(value) = self.ahead.get_mut(found) {
            *value = Some(self.cursor.mark());
        }
        if let Err(error) = self.cursor.skip() {
            self.left = 0;
            self.damage = Some(error.in_field(self.name(found)));
        }
    }

    /// Passes over what is left when all fields are read.
    #[inline]
    pub(super) fn end(&mut self) -> Result<()> {
        if self.left == 0 && self.damage.is_none() { Ok(()) } else { self.pass_rest() }
    }

    #[cold]
    fn pass_rest(&mut self) -> Result<()> {
        match self.next_known()? {
            Some(_) => Err(repeated()),
            None => self.damage.take().map_or(Ok(()), Err),
        }
    }

    /// After an error: whether there is reason to read all again, of which the places are known then.
    ///
    /// If fields are in the sample more than once, the reader may have stumbled over a value that does not count.
    #[cold]
    pub(super) fn begin_anew(&mut self, error: Error) -> Result<()> {
        // Of a part of a sample the error is not the last word.
        if self.is_final
            || self.cursor.is_partial()
            || !repeats_a_key(&mut Cursor::new(self.sample.here())).unwrap_or(false)
        {
            return Err(error);
        }
        self.is_final = true;
        self.find_all()
    }

    /// After an error: a field that is missing is told of if nothing is wrong with those that are there, which `probe`
    /// finds out.
    #[cold]
    pub(super) fn told(&mut self, error: Error, probe: fn(&mut Fields<'_, 'a>, usize) -> Result<()>) -> Error {
        let lacks = self.lacks && !self.cursor.is_partial();
        match lacks.then(|| self.find_all().and_then(|()| probe(self, 0))) {
            Some(Err(found)) => found,
            _ => error,
        }
    }

    fn find_all(&mut self) -> Result<()> {
        self.cursor.rewind(self.sample);
        self.left = self.cursor.read_map_len()?;
        self.ahead.clear();
        while let Some(found) = self.next_known()? {
            self.pass_over(found);
        }
        Ok(())
    }

    /// Whether this is the second attempt.
    #[inline]
    pub(super) fn is_anew(&self) -> bool {
        self.is_final
    }

    /// The type has no such field, which may be one under another name.
    #[cold]
    fn unknown(&self, name: &str) -> Error {
        let known: Vec<_> = self.keys.list().iter().map(FieldKey::name).collect();
        // Of a sample that is damaged further on nothing is said.
        let absent = self.wanting().unwrap_or_default();
        DecodeError::UnknownField { name: name.to_owned(), known, absent }.into()
    }

    /// The fields of the type that the map does not have.
    fn wanting(&self) -> Result<Vec<&'static str>> {
        let mut absent: Vec<_> = self.keys.list().iter().map(FieldKey::name).collect();
        let mut cursor = Cursor::new(self.sample.here());
        for _ in 0..cursor.read_map_len()? {
            let key = cursor.read_key()?;
            let as_alias = self.keys.position_of_alias(key).map(|at| self.name(at));
            absent.retain(|name| *name != key && Some(*name) != as_alias);
            cursor.skip()?;
        }
        Ok(absent)
    }
}

/// Nobody sees it: what follows is [`Fields::begin_anew`].
fn repeated() -> Error {
    DecodeError::MissingField { present: Vec::new() }.into()
}

/// The map did not have a field: an error that says what was there instead.
#[cold]
pub(crate) fn missing_field(name: &'static str, sample: &[u8]) -> Error {
    Error::from(DecodeError::MissingField { present: keys_of(sample).unwrap_or_default() }).in_field(name)
}

/// The keys of a sample, for an error message: as many as fit a line.
fn keys_of(sample: &[u8]) -> Result<Vec<String>> {
    let mut cursor = Cursor::new(sample);
    let mut keys = Vec::new();
    for _ in 0..cursor.read_map_len()?.min(MAX_NAMES + 1) {
        keys.push(cursor.read_key()?.to_owned());
        cursor.skip()?;
    }
    Ok(keys)
}

/// Whether a key of the map at the cursor is there twice.
fn repeats_a_key(cursor: &mut Cursor<'_>) -> Result<bool> {
    let mut seen = HashSet::new();
    for _ in 0..cursor.read_map_len()? {
        if !seen.insert(cursor.read_key()?) {
            return Ok(true);
        }
        cursor.skip()?;
    }
    Ok(false)
}
