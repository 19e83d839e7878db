#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_precision_loss)]

use super::*;

fn values(permutation: &Permutation) -> Vec<u64> {
    (0..permutation.len()).map(|place| permutation.at(place)).collect()
}

fn assert_bijective(order: &EpochOrder, name: &str) {
    let mut seen = vec![false; usize::try_from(order.len()).unwrap()];
    let mut walk = order.walk();
    for position in 0..order.len() {
        let sample = walk.at(position).unwrap();
        let before = std::mem::replace(&mut seen[usize::try_from(sample).unwrap()], true);
        assert!(!before, "{name}: {sample} twice");
    }
    assert_eq!((walk.at(order.len()), order.position_of(order.len())), (None, None), "{name}");
}

/// At powers of two and beside them: where the width of the halves changes, and where others have been wrong.
#[test]
fn every_order_gives_each_sample_once() {
    let around = |n: u64| [n - 1, n, n + 1];
    let sizes = (0..70).chain([8, 9, 10, 12, 16, 17].into_iter().flat_map(|bits| around(1 << bits)));
    for len in sizes {
        let orders = [Order::Stored, Order::Global, Order::blocks(7, 3), Order::blocks(64, 9), Order::blocks(1, 1)];
        for order in orders {
            assert_bijective(&EpochOrder::new(order, len, 7, 2), &format!("{order} of {len}"));
        }
    }
}

#[test]
fn positions_are_found_again() {
    for len in [1, 2, 63, 64, 65, 4096, 65_535, 65_536, 65_537, 1 << 20, (1 << 20) + 1, (1 << 40) - 1, 1 << 53] {
        for order in [Order::Stored, Order::Global, Order::blocks(256, 512), Order::blocks(100, 7), Order::blocks(3, 2)]
        {
            let order_of_epoch = EpochOrder::new(order, len, 1, 1);
            for sample in (0..20).map(|n| n * (len / 20 + 1)).filter(|sample| *sample < len).chain([len - 1]) {
                let position = order_of_epoch.position_of(sample).unwrap();
                assert_eq!(order_of_epoch.at(position), Some(sample), "{order} of {len}");
            }
        }
    }
}

/// How far a chi-square is from what chance gives, in standard deviations.
fn z(counts: &[u32], expected: f64, freedom: f64) -> f64 {
    let square: f64 = counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
    (square - freedom) / (2.0 * freedom).sqrt()
}

/// Which of 64 stretches of places go to which of 64 stretches of numbers; rows and columns of the table are fixed.
fn z_of_places(pairs: impl Iterator<Item = (u64, u64)>, len: u64) -> f64 {
    let mut table = vec![0; 64 * 64];
    let stretch = |n: u64| usize::try_from(n * 64 / len).unwrap();
    pairs.for_each(|(a, b)| table[stretch(a) * 64 + stretch(b)] += 1);
    z(&table, len as f64 / 4096.0, 63.0 * 63.0)
}

fn z_of_neighbours(values: &[u64], len: u64) -> f64 {
    let mut table = vec![0; 1024];
    for pair in values.windows(2) {
        table[usize::try_from((pair[1] + len - pair[0]) % len * 1024 / len).unwrap()] += 1;
    }
    z(&table, (values.len() - 1) as f64 / 1024.0, 1023.0)
}

/// All statistics of one size and some seeds; each is as likely beyond 4.5 as one in 100,000 times at most, so that
/// fewer than 200 of them together fail by chance once in 500 choices of seeds. The seeds are fixed.
fn worst(len: u64, make: impl Fn(u64) -> Permutation) -> f64 {
    let mut worst = 0.0_f64;
    for seed in 0..6 {
        let (this, next) = (values(&make(seed)), values(&make(key(&[seed, 1]))));
        let places = z_of_places((0..).zip(this.iter().copied()), len);
        let epochs = z_of_places(this.iter().copied().zip(next), len);
        worst = worst.max(places).max(epochs).max(z_of_neighbours(&this, len));
    }
    worst
}

#[test]
fn orders_cannot_be_told_from_chance() {
    for len in [60_000, 65_536, 65_537, 100_000, 131_072] {
        let found = worst(len, |seed| Permutation::new(len, key(&[seed, 0])));
        assert!(found < 4.5, "{len}: {found}");
    }
    // The statistics are ones that notice: two rounds are what they tell apart.
    let found = worst(65_537, |seed| Permutation::feistel(65_537, seed, 2));
    assert!(found > 20.0, "{found}");
}

#[test]
fn small_orders_are_all_possible_and_equally_likely() {
    let mut counts = std::collections::BTreeMap::<Vec<u64>, u32>::new();
    for seed in 0..12_000 {
        *counts.entry(values(&Permutation::new(5, key(&[seed, 0])))).or_default() += 1;
    }
    let counts: Vec<u32> = counts.into_values().collect();
    assert_eq!(counts.len(), 120);
    assert!(z(&counts, 100.0, 119.0).abs() < 4.0);
}

#[test]
fn what_comes_first_is_even_over_seeds() {
    let mut counts = vec![0; 500];
    for seed in 0..50_000 {
        let first = Permutation::new(100_000, key(&[seed, 3])).at(0);
        counts[usize::try_from(first / 200).unwrap()] += 1;
    }
    assert!(z(&counts, 100.0, 499.0).abs() < 4.5);
}

/// As many samples as chance puts there follow the one before them, or stay where they are: 1 in an epoch.
#[test]
fn neighbours_and_places_are_not_kept() {
    let (mut followers, mut fixed) = (0, 0);
    for seed in 0..30 {
        let values = values(&Permutation::new(66_000, key(&[seed, 5])));
        followers += values.windows(2).filter(|pair| pair[1] == pair[0] + 1).count();
        fixed += (0..).zip(&values).filter(|(place, value)| place == *value).count();
    }
    // Poisson around 30, four standard deviations.
    assert!((8..=52).contains(&followers) && (8..=52).contains(&fixed), "{followers} {fixed}");
}

#[test]
fn no_epoch_of_a_seed_is_one_of_another() {
    for len in [1000, 100_000] {
        let of = |seed, epoch| EpochOrder::new(Order::Global, len, seed, epoch);
        let pairs = [(of(42, 1), of(43, 0)), (of(42, 0), of(42, 1)), (of(0, 7), of(7, 0))];
        for (one, other) in pairs {
            let same = (0..len).filter(|at| one.at(*at) == other.at(*at)).count();
            assert!(same < 9, "{same} of {len} in the same place");
        }
    }
}

/// Of 1,000 shards with 1,000 samples each, how many a batch of 256 has something of: the numbers of the documentation.
#[test]
fn batches_are_mixed_as_documented() {
    let mixed = |order| {
        let order = EpochOrder::new(order, 1_000_000, 11, 1);
        let mut walk = order.walk();
        let shards = |batch: u64, walk: &mut Walk<'_>| {
            let of_batch = (batch * 256..(batch + 1) * 256).map(|at| walk.at(at).unwrap() / 1000);
            of_batch.collect::<std::collections::BTreeSet<_>>().len()
        };
        let sampled: Vec<usize> = (0..3900).step_by(97).map(|batch| shards(batch, &mut walk)).collect();
        sampled.iter().sum::<usize>() as f64 / sampled.len() as f64
    };
    let (global, blocks, narrow) =
        (mixed(Order::Global), mixed(Order::blocks(256, 512)), mixed(Order::blocks(256, 39)));
    assert!((220.0..232.0).contains(&global), "{global}");
    assert!((180.0..225.0).contains(&blocks), "{blocks}");
    assert!((35.0..80.0).contains(&narrow), "{narrow}");
}

#[test]
fn orders_have_a_written_form() {
    for order in [Order::Stored, Order::Global, Order::blocks(256, 512)] {
        assert_eq!(order.to_string().parse(), Ok(order));
    }
    for text in ["", "blocks", "blocks:0x5", "blocks:5", "blocks:5x5000000000", "Global", "\u{1b}[2J"] {
        let error = text.parse::<Order>().unwrap_err();
        assert!(error.to_string().ends_with(&format!("found `{}`", text.escape_debug())));
    }
}

#[test]
fn lanes_are_even_to_one_and_leave_nothing_out() {
    for (len, count) in [(0, 1), (1, 1), (10, 3), (11, 4), (12, 4), (1000, 7), (3, 8)] {
        let lanes = Lanes::new(len, count);
        let ends: Vec<u64> = (0..count).map(|lane| lanes.start(lane) + lanes.len(lane)).collect();
        assert!((1..count).all(|lane| lanes.start(lane) == ends[usize::try_from(lane).unwrap() - 1]));
        assert_eq!((lanes.start(0), ends.last().copied()), (0, Some(len)));
        assert!(lanes.longest() - lanes.shortest() <= 1);
    }
}
