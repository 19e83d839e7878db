//! The orders of an epoch, held against a model in Python: what a seed means is part of what is promised.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "these are tests")]

use atdata::order::{EpochOrder, Order};
use sha2::{Digest, Sha256};

const GOLDEN: &str = include_str!("../fixtures/order/orders.txt");

/// A change here is an **Order** entry of the changelog, and another `Order::VERSION`.
#[test]
fn orders_are_those_of_the_model() {
    assert_eq!(Order::VERSION, 1);
    let mut compared = 0;
    for line in GOLDEN.lines() {
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap();
        let order: Order = word().parse().unwrap();
        let (len, seed, epoch) = (word().parse().unwrap(), word().parse().unwrap(), word().parse().unwrap());
        let digest = word();
        let order = EpochOrder::new(order, len, seed, epoch);
        let mut walk = order.walk();
        if digest != "-" {
            let mut hash = Sha256::new();
            (0..len).for_each(|position| hash.update(walk.at(position).unwrap().to_le_bytes()));
            let pairs = digest.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
            let expected: Vec<u8> = pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
            assert_eq!(hash.finalize().as_slice(), expected, "{line}");
        }
        for pair in words {
            let (position, sample) = pair.split_once('=').unwrap();
            let (position, sample) = (position.parse().unwrap(), sample.parse().unwrap());
            assert_eq!((order.at(position), order.position_of(sample)), (Some(sample), Some(position)), "{line}");
            compared += 1;
        }
    }
    assert!(compared > 400, "{compared}");
}
