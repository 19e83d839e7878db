//! The random number generator: random order as a pure function of a seed.
//!
//! The generator is part of what a seed means: a change here changes the order of every shuffled run, and is an
//! **Order** entry in the changelog. That is why it is written out and not taken from a crate, whose stream or whose
//! way of drawing from a range may change with its version.

/// What the state grows by: 2^64 divided by the golden ratio.
pub(super) const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finalizer: a bijection of 64 bits, each of whose output bits depends on all input bits.
#[inline]
pub(crate) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// `SplitMix64` (Steele, Lea and Flood, 2014), which passes the usual batteries and has no bad seeds.
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A number below `n`, each equally likely: Lemire's multiplication, with rejection. Zero for `n` of zero.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let n = n as u64;
        loop {
            let product = u128::from(self.next()) * u128::from(n);
            let (high, low) = ((product >> 64) as u64, product & u128::from(u64::MAX));
            if low >= u128::from(n.wrapping_neg().checked_rem(n).unwrap_or(0)) {
                // Below `n`, which came from a usize.
                return usize::try_from(high).unwrap_or(usize::MAX);
            }
        }
    }

    /// The numbers below `n` in random order (Fisher and Yates, in Durstenfeld's form).
    pub(crate) fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for last in (1..n).rev() {
            order.swap(last, self.below(last + 1));
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_that_of_the_paper() {
        let mut rng = Rng::new(1_234_567);
        let first = [rng.next(), rng.next(), rng.next()];
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn a_permutation_is_pinned_to_its_seed() {
        assert_eq!(Rng::new(42).permutation(10), Rng::new(42).permutation(10));
        assert_ne!(Rng::new(42).permutation(10), Rng::new(43).permutation(10));
        let mut sorted = Rng::new(7).permutation(1000);
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..1000));
    }

    #[test]
    fn draws_are_even() {
        let mut rng = Rng::new(0);
        let mut counts = [0_u32; 6];
        for _ in 0..60_000 {
            counts[rng.below(6)] += 1;
        }
        assert!(counts.iter().all(|count| (9_600..10_400).contains(count)), "{counts:?}");
    }
}
