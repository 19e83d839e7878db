//! Runs: stretches of neighbouring numbers and sets of them, one behind the other, as if they were counted anew.

use std::sync::Arc;

use super::set::NumberSet;

/// Numbers of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stretch {
    /// Neighbours: the first, and how many.
    Run(u64, u64),
    Set(Window),
}

/// A part of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) set: Arc<NumberSet>,
    /// What all of its numbers are counted from.
    pub(crate) base: u64,
    /// The place of its first number in the set.
    pub(crate) from: u64,
    pub(crate) len: u64,
}

impl Stretch {
    /// Whether it is the same of the same set: sets are not held against each other.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Run(..), Self::Run(..)) => self == other,
            (Self::Set(one), Self::Set(other)) => {
                let place = |window: &Window| (window.base, window.from, window.len);
                Arc::ptr_eq(&one.set, &other.set) && place(one) == place(other)
            }
            _ => false,
        }
    }

    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Run(_, len) => *len,
            Self::Set(window) => window.len,
        }
    }

    /// Tells first numbers and lengths of its neighbours.
    pub(crate) fn each_run(&self, then: &mut dyn FnMut(u64, u64)) {
        match self {
            Self::Run(first, len) => then(*first, *len),
            Self::Set(Window { set, base, from, len }) => {
                set.each_run(*from, *len, &mut |first, len| then(base + first, len));
            }
        }
    }

    /// So many of its numbers, from one on.
    pub(crate) fn part(&self, from: u64, len: u64) -> Self {
        match self {
            Self::Run(first, _) => Self::Run(first + from, len),
            Self::Set(window) => Self::Set(Window { from: window.from + from, len, ..window.clone() }),
        }
    }
}

impl From<(u64, u64)> for Stretch {
    fn from((first, len): (u64, u64)) -> Self {
        Self::Run(first, len)
    }
}

/// What a list has from one place on.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// The first number of neighbours.
    Run(u64),
    Set(Box<Window>),
}

/// A list of stretches. A number may be in several of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Runs {
    /// Where each begins among all, and what it is.
    starts: Vec<(u64, Piece)>,
    len: u64,
}

impl Runs {
    /// Of these, one behind the other; `None` if they are together more than can be counted.
    pub(crate) fn new<S: Into<Stretch>>(stretches: impl IntoIterator<Item = S>) -> Option<Self> {
        let mut runs = Self::default();
        for stretch in stretches {
            let stretch = stretch.into();
            let len = stretch.len();
            match stretch {
                Stretch::Run(first, len) => {
                    first.checked_add(len)?;
                    let goes_on = |(start, piece): &(u64, Piece)| match piece {
                        Piece::Run(before) => before + (runs.len - start) == first,
                        Piece::Set(_) => false,
                    };
                    if len > 0 && !runs.starts.last().is_some_and(goes_on) {
                        runs.starts.push((runs.len, Piece::Run(first)));
                    }
                }
                Stretch::Set(window) => {
                    if let Some(last) = len.checked_sub(1) {
                        window.base.checked_add(window.set.at(window.from.checked_add(last)?)?)?;
                        runs.starts.push((runs.len, Piece::Set(Box::new(window))));
                    }
                }
            }
            runs.len = runs.len.checked_add(len)?;
        }
        Some(runs)
    }

    /// How many numbers there are, each counted as often as it is there.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    fn pieces(&self) -> impl Iterator<Item = (u64, u64, &Piece)> {
        let ends = self.starts.iter().skip(1).map(|(start, _)| *start).chain([self.len]);
        self.starts.iter().zip(ends).map(|((start, piece), end)| (*start, end - start, piece))
    }

    /// Tells first numbers and lengths, no two of which could be one: the same numbers in the same places are the same
    /// stretches, whatever they are kept in.
    #[cfg(any(test, feature = "records"))]
    pub(crate) fn each_stretch(&self, then: &mut dyn FnMut(u64, u64)) {
        let mut open: Option<(u64, u64)> = None;
        let mut add = |first: u64, len: u64| match &mut open {
            Some((start, before)) if *start + *before == first => *before += len,
            open => {
                if let Some((start, len)) = open.replace((first, len)) {
                    then(start, len);
                }
            }
        };
        for (_, len, piece) in self.pieces() {
            match piece {
                Piece::Run(first) => add(*first, len),
                Piece::Set(window) => {
                    window.set.each_run(window.from, len, &mut |first, len| add(window.base + first, len));
                }
            }
        }
        if let Some((start, len)) = open {
            then(start, len);
        }
    }

    /// Whether it is the numbers from 0 on, one behind the other.
    #[cfg(any(test, feature = "records"))]
    pub(crate) fn is_counting(&self) -> bool {
        let (mut next, mut is_so) = (0, true);
        self.each_stretch(&mut |first, len| {
            is_so &= first == next;
            next = first + len;
        });
        is_so
    }

    /// The number at a place.
    pub(crate) fn at(&self, place: u64) -> Option<u64> {
        let after = self.starts.partition_point(|(start, _)| *start <= place);
        let (start, piece) = self.starts.get(after.checked_sub(1)?)?;
        if place >= self.len {
            return None;
        }
        match piece {
            Piece::Run(first) => Some(first + (place - start)),
            Piece::Set(window) => Some(window.base + window.set.at(window.from + (place - start))?),
        }
    }

    /// The places of a number.
    pub(crate) fn places_of(&self, number: u64) -> impl Iterator<Item = u64> {
        self.pieces().filter_map(move |(start, len, piece)| {
            let within = match piece {
                Piece::Run(first) => number.checked_sub(*first)?,
                Piece::Set(window) => {
                    window.set.place_of(number.checked_sub(window.base)?)?.checked_sub(window.from)?
                }
            };
            (within < len).then(|| start + within)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretches(runs: &Runs) -> Vec<(u64, u64)> {
        let mut all = Vec::new();
        runs.each_stretch(&mut |first, len| all.push((first, len)));
        all
    }

    #[test]
    fn numbers_are_found_by_their_places_and_back() {
        let runs = Runs::new([(10, 3), (0, 0), (4, 2), (11, 1)]).unwrap_or_default();
        let all: Vec<_> = (0..=runs.len()).map(|place| runs.at(place)).collect();
        assert_eq!(all, [Some(10), Some(11), Some(12), Some(4), Some(5), Some(11), None]);
        assert_eq!(runs.places_of(11).collect::<Vec<_>>(), [1, 5]);
        assert_eq!(runs.places_of(5).collect::<Vec<_>>(), [4]);
        assert_eq!(runs.places_of(6).count(), 0);
        assert_eq!(stretches(&runs), [(10, 3), (4, 2), (11, 1)]);
        assert_eq!(Runs::new([(3, 2), (5, 0), (5, 4)]), Runs::new([(3, 6)]));
        assert_ne!(Runs::new([(3, 2), (3, 2)]), Runs::new([(3, 4)]));
        assert_eq!(Runs::new([(u64::MAX, 2)]), None);
        assert_eq!(Runs::new([(0, u64::MAX), (0, 1)]), None);
        assert_eq!(Runs::default().at(0), None);
    }

    #[test]
    fn sets_are_lists_as_runs_are() {
        let set: Arc<NumberSet> = Arc::new([(1, 2), (5, 1), (8, 4)].into_iter().collect());
        let window = |base, from, len| Stretch::Set(Window { set: Arc::clone(&set), base, from, len });
        let runs = Runs::new([Stretch::Run(100, 1), window(100, 0, 7), Stretch::Run(112, 2), window(0, 2, 2)]);
        let runs = runs.unwrap_or_default();
        let all: Vec<u64> = (0..runs.len()).filter_map(|place| runs.at(place)).collect();
        assert_eq!(all, [100, 101, 102, 105, 108, 109, 110, 111, 112, 113, 5, 8]);
        // As one would write it.
        assert_eq!(stretches(&runs), [(100, 3), (105, 1), (108, 6), (5, 1), (8, 1)]);
        for (place, number) in (0..).zip(&all) {
            assert!(runs.places_of(*number).eq([place]), "{number}");
        }
        assert_eq!(runs.places_of(9).count(), 0, "the part of the set has it not");
        assert_eq!(Runs::new([window(u64::MAX - 9, 0, 7)]), None);
        assert_eq!(window(7, 1, 5).part(2, 3), window(7, 3, 3));
        let all: Arc<NumberSet> = Arc::new([(0, 5)].into_iter().collect());
        let set = |from, len| Stretch::Set(Window { set: Arc::clone(&all), base: 0, from, len });
        let counting = |stretches: &[Stretch]| Runs::new(stretches.iter().cloned()).is_some_and(|of| of.is_counting());
        assert!(counting(&[set(0, 2), Stretch::Run(2, 1), set(3, 2)]) && !counting(&[set(1, 2), set(0, 1)]));
    }
}
