//! Runs: stretches of neighbouring numbers, one behind the other, as if they were counted anew.

/// A list of stretches. A number may be in several of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Runs {
    /// Where each begins among all, and its first number.
    starts: Vec<(u64, u64)>,
    len: u64,
}

impl Runs {
    /// Of first numbers and lengths; `None` if they are together more than can be counted.
    pub(crate) fn new(stretches: impl IntoIterator<Item = (u64, u64)>) -> Option<Self> {
        let mut runs = Self::default();
        for (first, len) in stretches {
            first.checked_add(len)?;
            let goes_on = runs.starts.last().is_some_and(|(start, before)| before + (runs.len - start) == first);
            if len > 0 && !goes_on {
                runs.starts.push((runs.len, first));
            }
            runs.len = runs.len.checked_add(len)?;
        }
        Some(runs)
    }

    /// How many numbers there are, each counted as often as it is there.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// First numbers and lengths, no two of which could be one: the same numbers in the same places are the same stretches.
    #[cfg(any(test, feature = "records"))]
    pub(crate) fn stretches(&self) -> impl Iterator<Item = (u64, u64)> {
        let ends = self.starts.iter().skip(1).map(|(start, _)| *start).chain([self.len]);
        self.starts.iter().zip(ends).map(|((start, first), end)| (*first, end - start))
    }

    /// The number at a place.
    pub(crate) fn at(&self, place: u64) -> Option<u64> {
        let after = self.starts.partition_point(|(start, _)| *start <= place);
        let (start, first) = self.starts.get(after.checked_sub(1)?)?;
        (place < self.len).then(|| first + (place - start))
    }

    /// The places of a number.
    pub(crate) fn places_of(&self, number: u64) -> impl Iterator<Item = u64> {
        let ends = self.starts.iter().skip(1).map(|(start, _)| *start).chain([self.len]);
        self.starts.iter().zip(ends).filter_map(move |((start, first), end)| {
            let within = number.checked_sub(*first)?;
            (within < end - start).then(|| start + within)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_by_their_places_and_back() {
        let runs = Runs::new([(10, 3), (0, 0), (4, 2), (11, 1)]).unwrap_or_default();
        let all: Vec<_> = (0..=runs.len()).map(|place| runs.at(place)).collect();
        assert_eq!(all, [Some(10), Some(11), Some(12), Some(4), Some(5), Some(11), None]);
        assert_eq!(runs.places_of(11).collect::<Vec<_>>(), [1, 5]);
        assert_eq!(runs.places_of(5).collect::<Vec<_>>(), [4]);
        assert_eq!(runs.places_of(6).count(), 0);
        assert_eq!(runs.stretches().collect::<Vec<_>>(), [(10, 3), (4, 2), (11, 1)]);
        assert_eq!(Runs::new([(3, 2), (5, 0), (5, 4)]), Runs::new([(3, 6)]));
        assert_ne!(Runs::new([(3, 2), (3, 2)]), Runs::new([(3, 4)]));
        assert_eq!(Runs::new([(u64::MAX, 2)]), None);
        assert_eq!(Runs::new([(0, u64::MAX), (0, 1)]), None);
        assert_eq!(Runs::default().at(0), None);
    }
}
