//! Tests of plans of compositions: over every topology, and cut anywhere.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use super::settings::Settings;
use super::*;
use crate::dataset::compose::{MixShape, Node, Shape};
use crate::order::{Rng, Stop};

struct Random(Rng);

impl Random {
    fn below(&mut self, n: usize) -> u64 {
        self.0.below(n) as u64
    }

    fn one<V: Copy>(&mut self, of: &[V]) -> V {
        of[self.0.below(of.len())]
    }

    /// A composition of some depth of the parts below `parts`.
    fn node(&mut self, parts: usize, depth: u32) -> Node {
        let inner = |random: &mut Self| Box::new(random.node(parts, depth - 1));
        match if depth == 0 { 0 } else { self.below(6) } {
            0 => Node::All(self.0.below(parts)),
            1 => Node::Concat((0..=self.below(2)).map(|_| self.node(parts, depth - 1)).collect()),
            2 => Node::Take(inner(self), 20 + self.below(60)),
            3 => Node::Skip(inner(self), self.below(10)),
            // Every part has at least fifteen samples.
            4 => {
                let runs = [(self.below(3), 2), (5, 1 + self.below(9))];
                Node::Some(self.0.below(parts), Arc::new(runs.into_iter().collect()))
            }
            _ => Node::Repeat(inner(self), 1 + u32::try_from(self.below(2)).unwrap()),
        }
    }

    fn shape(&mut self, parts: usize) -> Shape {
        if self.below(2) == 0 {
            return Shape::Picked(self.node(parts, 3));
        }
        let nodes: Vec<Node> = (0..=self.below(2)).map(|_| self.node(parts, 1)).collect();
        let weights = nodes.iter().map(|_| f64::from(u32::try_from(1 + self.below(9)).unwrap())).collect();
        let stop = [Stop::FirstExhausted, Stop::AllExhausted, Stop::Samples(150)];
        Shape::Mixed(MixShape {
            nodes,
            weights,
            block: 20 + u32::try_from(self.below(30)).unwrap(),
            stop: self.one(&stop),
        })
    }
}

/// The list that a node is, by iterators.
fn list(node: &Node, lens: &[u64]) -> Vec<u64> {
    match node {
        Node::All(part) => {
            let first: u64 = lens[..*part].iter().sum();
            (first..first + lens[*part]).collect()
        }
        Node::Some(part, samples) => {
            let all = list(&Node::All(*part), lens);
            (0..samples.len()).map(|place| all[usize::try_from(samples.at(place).unwrap()).unwrap()]).collect()
        }
        Node::Concat(nodes) => nodes.iter().flat_map(|node| list(node, lens)).collect(),
        Node::Take(node, samples) => list(node, lens).into_iter().take(usize::try_from(*samples).unwrap()).collect(),
        Node::Skip(node, samples) => list(node, lens).into_iter().skip(usize::try_from(*samples).unwrap()).collect(),
        Node::Repeat(node, times) => list(node, lens).repeat(*times as usize),
    }
}

fn counted(samples: impl IntoIterator<Item = u64>) -> BTreeMap<u64, u32> {
    samples.into_iter().fold(BTreeMap::new(), |mut times, sample| {
        *times.entry(sample).or_default() += 1;
        times
    })
}

#[test]
fn every_topology_of_a_composition_has_the_same_batches_and_goes_on_from_anywhere() {
    let mut random = Random(Rng::new(11));
    let mut planned = 0;
    for case in 0..600 {
        let lens: Vec<u64> = (0..3).map(|_| 15 + random.below(40)).collect();
        let sizes: Vec<ShardSize> = lens.iter().map(|samples| ShardSize { samples: *samples, bytes: 1000 }).collect();
        let shape = random.shape(3);
        let batch = 1 + random.below(12);
        let settings = Settings {
            seed: Some(random.below(5)),
            epoch: Some(random.below(5)),
            batch: Some(batch),
            tail: Some(random.one(&[Tail::Drop, Tail::Pad, Tail::Uneven])),
            order: Some(random.one(&[Order::Stored, Order::Global, Order::blocks(4, 3)])),
            ..Settings::default()
        };
        let name = format!("case {case}: {shape:?} of {lens:?}, {settings:?}");
        // Nothing may be left of a composition: that is an error, as of any dataset without samples.
        let Ok(whole) = settings.plan(&sizes, &shape, &lens) else { continue };
        planned += 1;
        let sequence: Vec<Vec<Slot>> = (0..whole.steps()).map(|step| whole.global_slots(step)).collect();
        let seen =
            |slots: &[Vec<Slot>]| counted(slots.iter().flatten().filter(|slot| !slot.padding).map(|slot| slot.sample));
        if let (Shape::Picked(node), true) = (&shape, whole.tail() != Tail::Drop) {
            assert_eq!(seen(&sequence), counted(list(node, &lens)), "{name}");
        }
        for (step, slots) in (0..).zip(&sequence) {
            for slot in slots {
                assert!(whole.locate(slot.sample).is_some() && whole.step_of(slot.sample) <= Some(step), "{name}");
            }
        }
        for ranks in (1..=batch).filter(|ranks| batch.is_multiple_of(*ranks)) {
            let plan = Settings { ranks, ..settings.clone() }.plan(&sizes, &shape, &lens).unwrap();
            let from = plan.from + batch * random.below(usize::try_from(plan.steps() + 1).unwrap());
            let rest = Plan { from, ..plan };
            let expected = &sequence[usize::try_from(from / batch).unwrap()..];
            assert_eq!(rest.steps(), expected.len() as u64, "{name}");
            for (step, slots) in (0..).zip(expected) {
                let pieces: Vec<Vec<Slot>> = (0..ranks).map(|rank| rest.slots(rank, step)).collect();
                assert_eq!(&pieces.concat(), slots, "{name} from {from}, {ranks} ranks");
            }
        }
    }
    assert!(planned > 400, "{planned}");
}

#[test]
fn a_composition_says_what_it_is() {
    let lens = [70, 30];
    let sizes = lens.map(|samples| ShardSize { samples, bytes: 1000 });
    let nodes = vec![Node::All(0), Node::Take(Box::new(Node::All(1)), 20)];
    let settings = Settings { batch: Some(5), ..Settings::default() };
    let mix = |weights: &[f64]| {
        let shape = MixShape { nodes: nodes.clone(), weights: weights.to_vec(), block: 10, stop: Stop::Samples(50) };
        settings.plan(&sizes, &Shape::Mixed(shape), &lens)
    };
    let plan = mix(&[7.0, 3.0]).unwrap();
    assert_eq!(plan.composition(), Some("mix(7 of 0, 3 of take(1, 20)), 50 samples"));
    let shown = plan.to_string();
    assert!(shown.contains("samples  50 in 2 shards, 2.00 kB\nparts    mix(7 of 0"), "{shown}");
    for (weights, told) in [
        ([0.0, 1.0], "expected a weight above zero of dataset 0, found 0"),
        ([1.0, f64::NAN], "expected a weight above zero of dataset 1, found NaN"),
        ([1.0, -2.0], "expected a weight above zero of dataset 1, found -2"),
        ([1.0, 1e-3], "is less than one draw of the 10 of a block: take blocks of 1001 draws"),
    ] {
        let error = mix(&weights).unwrap_err();
        assert_eq!(error.kind(), crate::error::ErrorKind::InvalidInput);
        assert!(error.to_string().contains(told), "{error}");
    }
    let nothing = Shape::Picked(Node::Skip(Box::new(Node::All(0)), 70));
    assert!(settings.plan(&sizes, &nothing, &lens).unwrap_err().to_string().contains("no samples"));
    let shape = MixShape {
        nodes: vec![Node::Take(Box::new(Node::All(0)), 0)],
        weights: vec![1.0],
        block: 10,
        stop: Stop::AllExhausted,
    };
    let error = settings.plan(&sizes, &Shape::Mixed(shape), &lens).unwrap_err();
    assert!(error.to_string().contains("dataset 0 of the mixture has no samples"), "{error}");
}

#[test]
fn a_sample_that_comes_again_is_first_seen_in_the_earliest_step_of_any_lane() {
    let mut random = Random(Rng::new(5));
    let all = || Box::new(Node::All(0));
    let shapes = [
        Shape::Picked(Node::Repeat(all(), 3)),
        Shape::Picked(Node::Concat(vec![Node::Skip(all(), 1), Node::All(0)])),
        Shape::Mixed(MixShape {
            nodes: vec![Node::All(0), Node::Take(all(), 1)],
            weights: vec![3.0, 1.0],
            block: 8,
            stop: Stop::Samples(61),
        }),
    ];
    for case in 0..200 {
        let lens = [2 + random.below(9)];
        let sizes = [ShardSize { samples: lens[0], bytes: 1000 }];
        let shape = &shapes[usize::try_from(case % 3).unwrap()];
        let settings = Settings {
            seed: Some(case),
            batch: Some(6),
            lanes: Some(random.one(&[1, 2, 3])),
            tail: Some(random.one(&[Tail::Drop, Tail::Pad, Tail::Uneven])),
            order: Some(random.one(&[Order::Stored, Order::Global])),
            ..Settings::default()
        };
        let Ok(plan) = settings.plan(&sizes, shape, &lens) else { continue };
        let steps: Vec<Vec<Slot>> = (0..plan.steps()).map(|step| plan.global_slots(step)).collect();
        for sample in 0..lens[0] {
            let first = steps.iter().position(|slots| slots.iter().any(|slot| slot.sample == sample && !slot.padding));
            assert_eq!(plan.step_of(sample), first.map(|step| step as u64), "case {case}: {shape:?}, {settings:?}");
        }
    }
}

/// A mixture draws few of large samples, or many; and a batch of a composition may be of one dataset alone.
#[test]
fn the_bytes_of_a_batch_are_by_its_parts() {
    let sizes = [ShardSize { samples: 1000, bytes: 1000 << 10 }, ShardSize { samples: 10, bytes: 10 << 20 }];
    let settings = Settings { batch: Some(100), ..Settings::default() };
    let plan = |shape: &Shape| settings.plan(&sizes, shape, &[1000, 10]).unwrap();
    let mixed = |weights: [f64; 2]| {
        let nodes = vec![Node::All(0), Node::All(1)];
        plan(&Shape::Mixed(MixShape { nodes, weights: weights.to_vec(), block: 10, stop: Stop::Samples(1000) }))
    };
    assert_eq!(mixed([0.9, 0.1]).batch_bytes(), (90 << 10) + (10 << 20));
    assert_eq!(mixed([0.1, 0.9]).batch_bytes(), (10 << 10) + (90 << 20));
    let both = Node::Concat(vec![Node::All(0), Node::Take(Box::new(Node::All(1)), 5)]);
    assert_eq!(plan(&Shape::Picked(both)).batch_bytes(), 100 << 20);
    assert_eq!(plan(&Shape::Picked(Node::All(0))).batch_bytes(), 100 << 10);
    // By the mean of all of them it was 1,138,867 bytes.
    assert!(mixed([0.1, 0.9]).peak_memory() > 2 * (90 << 20));
}
