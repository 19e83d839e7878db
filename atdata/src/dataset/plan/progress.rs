//! How far a run has come, which may give batches before others that come earlier.

use std::fmt::{self, Write as _};

const WORDS: usize = 8;

/// Steps that were given before others: of so many behind the first that was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::dataset) struct Beyond([u64; WORDS]);

impl Beyond {
    /// How far behind the first step that was not given others may be.
    pub(in crate::dataset) const MOST: u64 = 64 * WORDS as u64;

    #[cfg(feature = "records")]
    pub(super) fn is_empty(&self) -> bool {
        self.0 == [0; WORDS]
    }

    /// Whether the step was given that is so many behind the first that was not.
    pub(super) fn has(&self, ahead: u64) -> bool {
        let word = usize::try_from(ahead / 64).ok().and_then(|at| self.0.get(at));
        word.is_some_and(|word| word >> (ahead % 64) & 1 == 1)
    }

    /// How many of those were given that are less than so many behind it.
    pub(super) fn count(&self, below: u64) -> u64 {
        (0..below.min(Self::MOST)).filter(|ahead| self.has(*ahead)).count() as u64
    }

    fn set(&mut self, ahead: u64) {
        if let Some(word) = usize::try_from(ahead / 64).ok().and_then(|at| self.0.get_mut(at)) {
            *word |= 1 << (ahead % 64);
        }
    }

    /// Counted from one step later.
    fn shift(&mut self) {
        let mut carry = 0;
        for word in self.0.iter_mut().rev() {
            (carry, *word) = (*word << 63, *word >> 1 | carry);
        }
    }
}

/// Hexadecimal digits, the last of which has the nearest four steps; none if there are no steps.
impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = String::with_capacity(16 * WORDS);
        for word in self.0.iter().rev() {
            write!(digits, "{word:016x}")?;
        }
        f.write_str(digits.trim_start_matches('0'))
    }
}

#[cfg(feature = "records")]
impl Beyond {
    /// `None` of what is none, or not written so.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut beyond = Self::default();
        for (ahead, digit) in (0_u64..).step_by(4).zip(text.chars().rev()) {
            let digit = digit.to_digit(16).filter(|_| ahead < Self::MOST)?;
            (0..4).filter(|bit| digit >> bit & 1 == 1).for_each(|bit| beyond.set(ahead + bit));
        }
        // The first step that was not given was not given.
        (!beyond.has(0) && beyond.to_string() == text).then_some(beyond)
    }
}

/// The steps of a plan that were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::dataset) struct Progress {
    low: u64,
    beyond: Beyond,
}

impl Progress {
    /// Of a run that begins with some steps given.
    pub(super) fn of(beyond: Beyond) -> Self {
        Self { low: 0, beyond }
    }

    /// All steps before that one.
    #[cfg(feature = "records")]
    pub(super) fn up_to(low: u64) -> Self {
        Self { low, beyond: Beyond::default() }
    }

    /// The first step that was not given.
    pub(in crate::dataset) fn low(&self) -> u64 {
        self.low
    }

    #[cfg(any(test, feature = "records"))]
    pub(super) fn beyond(&self) -> Beyond {
        self.beyond
    }

    pub(in crate::dataset) fn has(&self, step: u64) -> bool {
        step.checked_sub(self.low).is_none_or(|ahead| self.beyond.has(ahead))
    }

    /// A step was given, which is no further than [`Beyond::MOST`].
    pub(in crate::dataset) fn give(&mut self, step: u64) {
        let Some(ahead) = step.checked_sub(self.low) else { return };
        self.beyond.set(ahead);
        while self.beyond.has(0) {
            self.beyond.shift();
            self.low += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::order::Rng;

    #[test]
    fn what_was_given_is_known_in_any_order() {
        let mut random = Rng::new(5);
        let (mut progress, mut given) = (Progress::default(), BTreeSet::new());
        for _ in 0..5000 {
            let ahead = random.below(if given.len() % 7 == 0 { 512 } else { 3 }) as u64;
            let step = progress.low() + ahead;
            progress.give(step);
            given.insert(step);
            let low = (0..=given.len() as u64).find(|step| !given.contains(step));
            assert_eq!(Some(progress.low()), low);
            for ahead in [0, 1, 2, 63, 64, 65, 511, 512] {
                let step = progress.low() + ahead;
                assert_eq!(progress.has(step), given.contains(&step), "{step}");
            }
            let beyond = progress.beyond();
            assert_eq!(beyond.count(u64::MAX), given.range(progress.low()..).count() as u64);
            #[cfg(feature = "records")]
            assert_eq!(Beyond::parse(&beyond.to_string()), Some(beyond));
        }
    }

    #[test]
    #[cfg(feature = "records")]
    fn a_text_that_is_none_is_refused() {
        for text in ["1", "3", "02", "g", "A", " 2", &"f".repeat(129), &format!("2{}", "0".repeat(128))] {
            assert_eq!(Beyond::parse(text), None, "{text}");
        }
        let most = format!("{}e", "f".repeat(127));
        assert_eq!(Beyond::parse(&most).map(|all| (all.count(512), all.to_string())), Some((511, most)));
        assert_eq!(Beyond::parse(""), Some(Beyond::default()));
    }
}
