//! Sets of numbers: which samples of a dataset are chosen, in little more than a bit of each at most.

/// Numbers of a block, as bits.
const BITS: u32 = 16;
const BLOCK: u64 = 1 << BITS;
const WORDS: usize = 1 << (BITS - 6);
/// Words that are counted together.
const GROUP: usize = 8;
/// Runs of a block take less than its bits up to here.
const MOST_RUNS: usize = 2112;

/// Numbers in order, each once. Each can be asked for by its place among all, and the other way round.
///
/// They are kept in blocks of 65,536 numbers: of each the runs of neighbours, or a bit for each number where there are many
/// runs. The same numbers are kept in the same form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NumberSet {
    blocks: Vec<Block>,
    len: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Block {
    number: u64,
    /// Numbers in the blocks before it.
    before: u64,
    /// How many it has.
    len: u32,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// Of each run its place in the block, and its first number, in the block as well.
    Runs(Box<[(u16, u16)]>),
    Bits(Box<Bits>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Bits {
    words: [u64; WORDS],
    /// Bits before each group of words.
    before: [u16; WORDS / GROUP],
}

impl NumberSet {
    /// How many numbers there are.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// The number at a place.
    pub(crate) fn at(&self, place: u64) -> Option<u64> {
        let after = self.blocks.partition_point(|block| block.before <= place);
        let block = self.blocks.get(after.checked_sub(1)?)?;
        let within = u32::try_from(place - block.before).ok().filter(|within| *within < block.len)?;
        Some((block.number << BITS) + u64::from(block.at(within)?))
    }

    /// The place of a number, if it is one of them.
    pub(crate) fn place_of(&self, number: u64) -> Option<u64> {
        let at = self.blocks.binary_search_by_key(&(number >> BITS), |block| block.number).ok()?;
        let block = self.blocks.get(at)?;
        let (below, is_there) = block.below(within(number));
        is_there.then(|| block.before + u64::from(below))
    }

    /// How many are below a number.
    pub(crate) fn below(&self, number: u64) -> u64 {
        match self.blocks.binary_search_by_key(&(number >> BITS), |block| block.number) {
            Ok(at) => self.blocks.get(at).map_or(0, |block| block.before + u64::from(block.below(within(number)).0)),
            Err(at) => self.blocks.get(at).map_or(self.len, |block| block.before),
        }
    }

    /// Tells runs of neighbours, first numbers and lengths, from a place on; two of them may touch.
    pub(crate) fn each_run(&self, from: u64, len: u64, then: &mut dyn FnMut(u64, u64)) {
        let to = from.saturating_add(len).min(self.len);
        let begin = self.blocks.partition_point(|block| block.before + u64::from(block.len) <= from);
        for block in self.blocks.iter().skip(begin).take_while(|block| block.before < to) {
            let base = block.number << BITS;
            let mut place = block.before;
            block.each_run(&mut |first, len| {
                let (start, end) = (place, place + u64::from(len));
                place = end;
                let (from, to) = (from.clamp(start, end), to.clamp(start, end));
                if from < to {
                    then(base + u64::from(first) + (from - start), to - from);
                }
            });
        }
    }

    /// Bytes that it takes.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        let of = |block: &Block| match &block.kind {
            Kind::Runs(runs) => size_of_val::<[_]>(runs),
            Kind::Bits(_) => size_of::<Bits>(),
        };
        self.blocks.iter().map(|block| size_of::<Block>() + of(block)).sum()
    }
}

/// A number's place in its block.
fn within(number: u64) -> u32 {
    // Below 65,536.
    #[allow(clippy::cast_possible_truncation)]
    let within = (number % BLOCK) as u32;
    within
}

/// Of something in a block.
fn short(number: u32) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

impl Block {
    fn at(&self, place: u32) -> Option<u32> {
        match &self.kind {
            Kind::Runs(runs) => {
                let after = runs.partition_point(|(start, _)| u32::from(*start) <= place);
                let (start, first) = runs.get(after.checked_sub(1)?)?;
                Some(u32::from(*first) + (place - u32::from(*start)))
            }
            Kind::Bits(bits) => bits.at(place),
        }
    }

    /// How many are below a number of the block, and whether that is one of them.
    fn below(&self, number: u32) -> (u32, bool) {
        match &self.kind {
            Kind::Runs(runs) => {
                let after = runs.partition_point(|(_, first)| u32::from(*first) <= number);
                let end = runs.get(after).map_or(self.len, |(start, _)| u32::from(*start));
                let Some((start, first)) = after.checked_sub(1).and_then(|at| runs.get(at)) else { return (0, false) };
                let place = u32::from(*start) + (number - u32::from(*first));
                (place.min(end), place < end)
            }
            Kind::Bits(bits) => bits.below(number),
        }
    }

    fn each_run(&self, then: &mut dyn FnMut(u32, u32)) {
        match &self.kind {
            Kind::Runs(runs) => {
                let ends = runs.iter().skip(1).map(|(start, _)| u32::from(*start)).chain([self.len]);
                for ((start, first), end) in runs.iter().zip(ends) {
                    then(u32::from(*first), end - u32::from(*start));
                }
            }
            Kind::Bits(bits) => bits.each_run(then),
        }
    }
}

impl Bits {
    /// Of runs, each with its place and first number, of so many numbers in all.
    fn of(runs: &[(u16, u16)], len: u32) -> Box<Self> {
        let mut bits = Box::new(Self { words: [0; WORDS], before: [0; WORDS / GROUP] });
        let ends = runs.iter().skip(1).map(|(start, _)| u32::from(*start)).chain([len]);
        for ((start, first), end) in runs.iter().zip(ends) {
            let first = u32::from(*first);
            for number in first..first + (end - u32::from(*start)) {
                if let Some(word) = bits.words.get_mut(number as usize / 64) {
                    *word |= 1 << (number % 64);
                }
            }
        }
        let mut sum = 0;
        for (before, group) in bits.before.iter_mut().zip(bits.words.chunks(GROUP)) {
            *before = short(sum);
            sum += group.iter().map(|word| word.count_ones()).sum::<u32>();
        }
        bits
    }

    fn at(&self, place: u32) -> Option<u32> {
        let group = self.before.partition_point(|before| u32::from(*before) <= place).checked_sub(1)?;
        let mut left = place - u32::from(*self.before.get(group)?);
        for (number, word) in (0_u32..).zip(&self.words).skip(group * GROUP).take(GROUP) {
            let ones = word.count_ones();
            if left < ones {
                let rest = (0..left).fold(*word, |word, _| word & word.wrapping_sub(1));
                return Some(number * 64 + rest.trailing_zeros());
            }
            left -= ones;
        }
        None
    }

    fn below(&self, number: u32) -> (u32, bool) {
        let word = number as usize / 64;
        let group = word / GROUP;
        let of_group = self.words.get(group * GROUP..word).unwrap_or_default();
        let before = self.before.get(group).copied().map_or(0, u32::from);
        let here = self.words.get(word).copied().unwrap_or(0);
        let bit = 1_u64 << (number % 64);
        let below = before + of_group.iter().map(|word| word.count_ones()).sum::<u32>();
        (below + (here & (bit - 1)).count_ones(), here & bit != 0)
    }

    fn each_run(&self, then: &mut dyn FnMut(u32, u32)) {
        // A run that goes on in the next word is told at its end.
        let mut open: Option<(u32, u32)> = None;
        for (base, word) in (0_u32..).step_by(64).zip(&self.words) {
            let (mut at, mut rest) = (0, *word);
            while rest != 0 {
                let zeros = rest.trailing_zeros();
                let ones = (rest >> zeros).trailing_ones();
                let (first, end) = (base + at + zeros, base + at + zeros + ones);
                open = match open {
                    Some((start, until)) if until == first => Some((start, end)),
                    Some((start, until)) => {
                        then(start, until - start);
                        Some((first, end))
                    }
                    None => Some((first, end)),
                };
                at += zeros + ones;
                rest = if at < 64 { word >> at } else { 0 };
            }
        }
        if let Some((start, until)) = open {
            then(start, until - start);
        }
    }
}

/// A set that is being made, of numbers that come in order.
#[derive(Debug, Default)]
pub(crate) struct MakeSet {
    set: NumberSet,
    /// The block that is being made, and its runs so far.
    number: u64,
    runs: Vec<(u16, u16)>,
    count: u32,
    /// Behind the last number.
    end: u64,
}

impl MakeSet {
    /// Adds neighbours; what is not above all that is there is passed over.
    pub(crate) fn add(&mut self, first: u64, len: u64) {
        let end = first.saturating_add(len);
        let mut first = first.max(self.end);
        while first < end {
            if first >> BITS != self.number {
                self.close();
                self.number = first >> BITS;
            }
            let until = end.min(first.saturating_add(BLOCK - first % BLOCK));
            let goes_on = self.count > 0 && self.end == first;
            if !goes_on {
                self.runs.push((short(self.count), short(within(first))));
            }
            self.count += u32::try_from(until - first).unwrap_or(0);
            (first, self.end) = (until, until);
        }
    }

    fn close(&mut self) {
        if self.count == 0 {
            return;
        }
        let kind = if self.runs.len() > MOST_RUNS {
            Kind::Bits(Bits::of(&self.runs, self.count))
        } else {
            Kind::Runs(self.runs.as_slice().into())
        };
        self.set.blocks.push(Block { number: self.number, before: self.set.len, len: self.count, kind });
        self.set.len += u64::from(self.count);
        self.runs.clear();
        self.count = 0;
    }

    pub(crate) fn finish(mut self) -> NumberSet {
        self.close();
        self.set.blocks.shrink_to_fit();
        self.set
    }
}

impl FromIterator<(u64, u64)> for NumberSet {
    fn from_iter<I: IntoIterator<Item = (u64, u64)>>(runs: I) -> Self {
        let mut set = MakeSet::default();
        for (first, len) in runs {
            set.add(first, len);
        }
        set.finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::order::Rng;

    fn check(numbers: &[u64]) -> NumberSet {
        let set: NumberSet = numbers.iter().map(|number| (*number, 1)).collect();
        assert_eq!(set.len(), numbers.len() as u64);
        for (place, number) in (0..).zip(numbers) {
            assert_eq!((set.at(place), set.place_of(*number)), (Some(*number), Some(place)), "{number}");
            assert_eq!((set.below(*number), set.below(number + 1)), (place, place + 1), "{number}");
            if numbers.binary_search(&(number + 1)).is_err() {
                assert_eq!(set.place_of(number + 1), None, "{number}");
            }
        }
        assert_eq!((set.at(set.len()), set.below(u64::MAX)), (None, set.len()));
        let mut told = Vec::new();
        let (from, len) = (set.len() / 3, set.len() / 2);
        set.each_run(from, len, &mut |first, len| told.extend(first..first + len));
        assert!(told.iter().eq(numbers.iter().skip(from.try_into().unwrap()).take(len.try_into().unwrap())));
        set
    }

    #[test]
    fn numbers_are_found_by_their_places_and_back() {
        let mut random = Rng::new(3);
        // Of none to all of the numbers of some blocks, with gaps of whole blocks.
        for share in [0, 1, 30, 500, 800, 1000] {
            let chosen = |number: &u64| !(70_000..200_000).contains(number) && random.below(1000) < share;
            let numbers: Vec<u64> = (0..270_000).filter(chosen).collect();
            let set = check(&numbers);
            // Runs that are given as such are the same.
            let mut make = MakeSet::default();
            for run in numbers.chunk_by(|one, next| one + 1 == *next) {
                make.add(*run.first().unwrap(), run.len() as u64);
            }
            assert_eq!(make.finish(), set);
        }
        check(&[0, 65_535, 65_536, 131_071, 131_072, 1 << 40, (1 << 60) + 7]);
        let whole: NumberSet = [(3, 300_000)].into_iter().collect();
        assert_eq!((whole.at(299_999), whole.place_of(2), whole.place_of(300_003)), (Some(300_002), None, None));
    }

    #[test]
    fn what_is_not_above_all_others_is_passed_over() {
        let set: NumberSet = [(5, 3), (2, 4), (7, 3), (7, 1), (12, 0)].into_iter().collect();
        assert_eq!(set, [(5, 5)].into_iter().collect());
        let end: NumberSet = [(u64::MAX - 1, 5)].into_iter().collect();
        assert_eq!((end.len(), end.at(0)), (1, Some(u64::MAX - 1)));
    }

    #[test]
    fn a_set_takes_little_more_than_a_bit_of_each_number() {
        let n = 10_000_000_u64;
        let every_other: NumberSet = (0..n / 2).map(|at| (2 * at, 1)).collect();
        assert!((every_other.bytes() as u64) < n / 8 * 11 / 10, "{}", every_other.bytes());
        let few: NumberSet = (0..n / 1000).map(|at| (1000 * at, 1)).collect();
        assert!((few.bytes() as u64) < n / 1000 * 5, "{}", few.bytes());
        let all: NumberSet = [(0, n)].into_iter().collect();
        assert!(all.bytes() < 10_000, "{}", all.bytes());
    }
}
