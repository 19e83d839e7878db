//! Asking: whether a predicate holds of a sample, decided on the bytes of the fields that it looks at.

use std::ops::Range;

use super::literal::{Found, Op};
use super::one_of::OneOf;
use super::predicate::{Check, Node, Path, Predicate};
use super::types::{Expected, is_untyped};
use crate::error::{Result, buffer};
use crate::sample::{Cursor, Head, Mark, Packable};

/// Reads a sample, and writes it again.
type Rewrite = fn(&mut Cursor<'_>) -> Result<Vec<u8>>;

/// Fields of a predicate that are found without memory of their own.
const FEW: usize = 8;

/// A predicate that is ready to be asked of many samples.
///
/// One pass over the map of a sample finds the fields; the others are passed over, and not held against anything. Where
/// what is found is not what the type says, the sample is read as a whole and asked as it would be written: so defaults,
/// other names of a field and what else the type does are seen, and what is wrong is told by the reader of the type.
pub(crate) struct Asked {
    /// In the order of their paths, so that those inside of a field are neighbours.
    slots: Vec<Slot>,
    steps: Vec<Step>,
    /// Answers that wait for others at most.
    depth: usize,
    /// The sample as it would be written; `None` of samples without a type.
    whole: Option<Rewrite>,
}

struct Slot {
    path: Path,
    /// `None` of samples without a type.
    expected: Option<Expected>,
}

enum Step {
    /// Of the slot with that number.
    Test(usize, Check),
    In(usize, OneOf),
    Not,
    And,
    Or,
}

impl<S: Packable> Predicate<S> {
    /// Whether it holds of a sample.
    ///
    /// # Errors
    /// Those of [`try_pack`](Packable::try_pack): it is decided on what the sample is on the wire.
    pub fn matches(&self, sample: &S) -> Result<bool> {
        self.asked().of_packed(&sample.try_pack()?)
    }

    /// Made ready to be asked of many.
    pub(crate) fn asked(&self) -> Asked {
        Asked::new::<S>(self)
    }
}

impl Asked {
    fn new<S: Packable>(predicate: &Predicate<S>) -> Self {
        let schema = (!is_untyped(S::SCHEMA)).then_some(S::SCHEMA);
        let paths = predicate.nodes.iter().filter_map(|node| match node {
            Node::Test(path, _) => Some(path),
            _ => None,
        });
        let mut paths: Vec<&Path> = paths.collect();
        paths.sort_unstable();
        paths.dedup();
        let (mut waiting, mut depth) = (0_usize, 0);
        let step = |node: &Node| {
            waiting = waiting + 1 - node.operands();
            depth = depth.max(waiting);
            match node {
                Node::Test(path, check) => {
                    let slot = paths.binary_search(&path).unwrap_or(0);
                    match check {
                        Check::In(literals) => Step::In(slot, OneOf::of(literals)),
                        check => Step::Test(slot, check.clone()),
                    }
                }
                Node::Not => Step::Not,
                Node::And => Step::And,
                Node::Or => Step::Or,
            }
        };
        let steps = predicate.nodes.iter().map(step).collect();
        let slot = |path: &&Path| {
            let expected = schema.map(|schema| Expected::of(schema, path));
            Slot { path: (*path).clone(), expected }
        };
        let whole = schema.map(|_| rewrite::<S> as Rewrite);
        Self { slots: paths.iter().map(slot).collect(), steps, depth, whole }
    }

    /// Whether it holds of the sample at the cursor, which may end up anywhere.
    #[inline]
    pub(crate) fn keeps<'a>(&self, cursor: &mut Cursor<'a>) -> Result<bool> {
        let start = cursor.mark();
        let (mut few, mut many) = ([Found::MISSING; FEW], Vec::new());
        let found: &mut [Found<'a>] = match few.get_mut(..self.slots.len()) {
            Some(found) => found,
            None => {
                many.resize(self.slots.len(), Found::MISSING);
                &mut many
            }
        };
        match (self.decide(cursor, found), self.whole) {
            (Ok(Some(keeps)), _) => Ok(keeps),
            // Of a part of a sample the error is not the last word.
            (Err(error), None) => Err(error),
            (Err(error), Some(_)) if cursor.is_partial() => Err(error),
            (Ok(None), _) if cursor.is_partial() => Err(cursor.cut()),
            (Err(_), Some(whole)) => {
                cursor.rewind(start);
                self.of_packed(&whole(cursor)?)
            }
            (Ok(None), whole) => {
                cursor.rewind(start);
                whole.map_or(Ok(false), |whole| self.of_rewritten(&whole(cursor)?, found, cursor))
            }
        }
    }

    /// Whether it holds of a sample of which some values fit, and the others are as its type writes them: so that what is
    /// asked of one field does not depend on what is there of another.
    #[cold]
    fn of_rewritten<'a>(&self, bytes: &[u8], found: &[Found<'a>], from: &Cursor<'a>) -> Result<bool> {
        let mut all = vec![Found::MISSING; self.slots.len()];
        let mut cursor = Cursor::new(bytes);
        self.find(&mut cursor, 0..self.slots.len(), 0, &mut all)?;
        for (slot, (place, found)) in self.slots.iter().zip(all.iter_mut().zip(found)) {
            let mut found = *found;
            if slot.fits(&mut found, from)? {
                *place = found;
            }
        }
        self.answer(&all, &cursor)
    }

    /// Whether it holds of a sample in the form that its type writes.
    #[cold]
    pub(crate) fn of_packed(&self, bytes: &[u8]) -> Result<bool> {
        let mut found = vec![Found::MISSING; self.slots.len()];
        let mut cursor = Cursor::new(bytes);
        self.find(&mut cursor, 0..self.slots.len(), 0, &mut found)?;
        self.answer(&found, &cursor)
    }

    /// `None` where what is there is not what the type says.
    fn decide<'a>(&self, cursor: &mut Cursor<'a>, found: &mut [Found<'a>]) -> Result<Option<bool>> {
        self.find(cursor, 0..self.slots.len(), 0, found)?;
        for (slot, found) in self.slots.iter().zip(&mut *found) {
            if !slot.fits(found, cursor)? {
                return Ok(None);
            }
        }
        self.answer(found, cursor).map(Some)
    }

    /// Finds the values of those slots in the map at the cursor, which is so deep in the sample. Of a field that is there
    /// twice the last value counts.
    fn find<'a>(
        &self,
        cursor: &mut Cursor<'a>,
        slots: Range<usize>,
        depth: usize,
        found: &mut [Found<'a>],
    ) -> Result<()> {
        let len = cursor.read_map_len()?;
        cursor.nested_elements(len, |cursor| {
            for _ in 0..len {
                let name = cursor.read_key()?;
                let named = self.named(&slots, depth, name);
                let read = if named.is_empty() { cursor.skip() } else { self.read(cursor, named, depth, found) };
                read.map_err(|error| error.in_entry(name))?;
            }
            Ok(())
        })
    }

    /// Those of the slots whose path has that name at that depth.
    #[inline]
    fn named(&self, slots: &Range<usize>, depth: usize, name: &str) -> Range<usize> {
        let has_name = |slot: &Slot| slot.path.0.get(depth).is_some_and(|of| **of == *name);
        let all = self.slots.get(slots.clone()).unwrap_or_default();
        let Some(first) = all.iter().position(has_name) else { return 0..0 };
        let len = all.iter().skip(first).take_while(|slot| has_name(slot)).count();
        slots.start + first..slots.start + first + len
    }

    /// Reads the value at the cursor for those slots.
    fn read<'a>(
        &self,
        cursor: &mut Cursor<'a>,
        slots: Range<usize>,
        depth: usize,
        found: &mut [Found<'a>],
    ) -> Result<()> {
        let start = cursor.mark();
        let value = scalar(cursor)?;
        // The shortest path comes first: it is that of the value, and the others lead into it.
        let is_here = self.slots.get(slots.start).is_some_and(|slot| slot.path.0.len() == depth + 1);
        let inside = slots.start + usize::from(is_here)..slots.end;
        if is_here && let Some(place) = found.get_mut(slots.start) {
            *place = value;
        }
        if inside.is_empty() {
            return Ok(());
        }
        let behind = cursor.mark();
        cursor.rewind(start);
        let is_map = matches!(value, Found::Other) && matches!(cursor.clone().head()?, Head::Map(_));
        let within = match value {
            Found::Null => Found::Null,
            _ if is_map => Found::Missing(Some(depth + 1)),
            _ => Found::Missing(None),
        };
        found.get_mut(inside.clone()).unwrap_or_default().fill(within);
        if is_map {
            return self.find(cursor, inside, depth + 1, found);
        }
        cursor.rewind(behind);
        Ok(())
    }

    fn answer<'a>(&self, found: &[Found<'a>], cursor: &Cursor<'a>) -> Result<bool> {
        // All that waits is known before, and mostly fits into a word.
        if self.depth <= 64 {
            return self.run(&mut 0_u64, found, cursor);
        }
        self.run(&mut Vec::with_capacity(self.depth), found, cursor)
    }

    fn run<'a>(&self, answers: &mut impl Answers, found: &[Found<'a>], cursor: &Cursor<'a>) -> Result<bool> {
        for step in &self.steps {
            let answer = match step {
                Step::Test(slot, check) => holds(check, found.get(*slot).unwrap_or(&Found::MISSING), cursor)?,
                Step::In(slot, listed) => found.get(*slot).is_some_and(|found| listed.holds(found)),
                Step::Not => !answers.pop(),
                Step::And => answers.pop() & answers.pop(),
                Step::Or => answers.pop() | answers.pop(),
            };
            answers.push(answer);
        }
        Ok(answers.pop())
    }
}

impl Slot {
    /// Whether the value is one of the type, as which it is then taken.
    #[inline]
    fn fits<'a>(&self, found: &mut Found<'a>, cursor: &Cursor<'a>) -> Result<bool> {
        let Some(expected) = &self.expected else { return Ok(true) };
        if !expected.fits(found) {
            return Ok(false);
        }
        match (expected.labels_in_list(), &*found) {
            (Some(labels), Found::List(start)) => {
                any_in_list(*start, cursor, |of| !matches!(of, Found::Text(text) if labels.contains(text)))
                    .map(|any| !any)
            }
            _ => Ok(true),
        }
    }
}

/// The sample as it would be written.
fn rewrite<S: Packable>(cursor: &mut Cursor<'_>) -> Result<Vec<u8>> {
    written(&S::read(cursor)?)
}

/// The sample as its type writes it, to be asked and nothing else: what no writer of shards would take is as good as any.
pub(crate) fn written<S: Packable>(sample: &S) -> Result<Vec<u8>> {
    let mut out = buffer(sample.packed_size())?;
    sample.write(&mut out);
    Ok(out)
}

/// Answers that wait for others, the last on top.
trait Answers {
    fn push(&mut self, answer: bool);
    fn pop(&mut self) -> bool;
}

impl Answers for u64 {
    fn push(&mut self, answer: bool) {
        *self = *self << 1 | Self::from(answer);
    }

    fn pop(&mut self) -> bool {
        let top = *self & 1 == 1;
        *self >>= 1;
        top
    }
}

impl Answers for Vec<bool> {
    fn push(&mut self, answer: bool) {
        self.push(answer);
    }

    fn pop(&mut self) -> bool {
        self.pop().unwrap_or(false)
    }
}

/// Reads the value at the cursor, or passes over it.
fn scalar<'a>(cursor: &mut Cursor<'a>) -> Result<Found<'a>> {
    let start = cursor.mark();
    Ok(match cursor.head()? {
        Head::Nil => Found::Null,
        Head::Bool(value) => Found::Bool(value),
        Head::UInt(value) => Found::Int(value.into()),
        Head::Int(value) => Found::Int(value.into()),
        Head::Float(value) => Found::Float(value),
        Head::Str(len) => Found::Text(cursor.take_str(len)?),
        Head::Bin(len) => {
            cursor.skip_bytes(len)?;
            Found::Other
        }
        head @ (Head::List(_) | Head::Map(_)) => {
            cursor.rewind(start);
            cursor.skip()?;
            if matches!(head, Head::List(_)) { Found::List(start) } else { Found::Other }
        }
    })
}

fn holds<'a>(check: &Check, found: &Found<'a>, cursor: &Cursor<'a>) -> Result<bool> {
    Ok(match check {
        Check::Compare(op, literal) => found.compares(*op, literal),
        Check::In(literals) => literals.iter().any(|literal| found.equals(literal)),
        Check::Between(low, high) => found.compares(Op::Ge, low) && found.compares(Op::Le, high),
        Check::Null => found.is_null(),
        Check::Nan => found.is_nan(),
        Check::Contains(literal) => match found {
            Found::List(start) => any_in_list(*start, cursor, |of| of.equals(literal))?,
            _ => false,
        },
    })
}

/// Whether that is true of any value of the list that begins there.
fn any_in_list<'a>(start: Mark<'a>, cursor: &Cursor<'a>, is: impl Fn(&Found<'a>) -> bool) -> Result<bool> {
    let mut list = cursor.clone();
    list.rewind(start);
    for _ in 0..list.read_list_len()? {
        if is(&scalar(&mut list)?) {
            return Ok(true);
        }
    }
    Ok(false)
}
