//! Shapes: which samples of which parts an epoch has, as numbers.

use std::fmt;
#[cfg(feature = "records")]
use std::fmt::Write as _;
use std::sync::Arc;

#[cfg(feature = "records")]
use sha2::{Digest, Sha256};

use crate::dataset::plan::error::PlanError;
#[cfg(feature = "records")]
use crate::digest::hex;
use crate::order::{EpochOrder, Mixed, NumberSet, Order, Runs, Stop, Stretch, Window, quotas};

/// Stretches that a composition is made of at most: `repeat` of several parts makes many.
const MOST_RUNS: usize = 1 << 20;
#[cfg(feature = "records")]
const HASHED_AT_ONCE: usize = 4 << 10;

/// The samples of a composition, parts named by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dataset) enum Node {
    All(usize),
    /// Samples of a part.
    Some(usize, Arc<NumberSet>),
    Concat(Vec<Node>),
    Take(Box<Node>, u64),
    Skip(Box<Node>, u64),
    Repeat(Box<Node>, u32),
}

/// Stretches of samples, counted over all parts.
type Stretches = Vec<Stretch>;

impl Node {
    /// The same of parts that are behind so many others.
    pub(super) fn counted_from(self, before: usize) -> Self {
        match self {
            Self::All(part) => Self::All(part + before),
            Self::Some(part, samples) => Self::Some(part + before, samples),
            Self::Concat(nodes) => Self::Concat(nodes.into_iter().map(|node| node.counted_from(before)).collect()),
            Self::Take(node, samples) => Self::Take(Box::new(node.counted_from(before)), samples),
            Self::Skip(node, samples) => Self::Skip(Box::new(node.counted_from(before)), samples),
            Self::Repeat(node, times) => Self::Repeat(Box::new(node.counted_from(before)), times),
        }
    }

    /// Of parts that have so many samples each.
    pub(super) fn stretches(&self, lens: &[u64]) -> Result<Stretches, PlanError> {
        match self {
            Self::All(part) => {
                let first = lens.iter().take(*part).sum();
                Ok(vec![Stretch::Run(first, lens.get(*part).copied().unwrap_or(0))])
            }
            Self::Some(part, samples) => {
                let base = lens.iter().take(*part).sum();
                let len = samples.below(lens.get(*part).copied().unwrap_or(0));
                Ok(vec![Stretch::Set(Window { set: Arc::clone(samples), base, from: 0, len })])
            }
            Self::Concat(nodes) => {
                let mut all = Vec::new();
                for node in nodes {
                    all.extend(node.stretches(lens)?);
                    check_runs(all.len())?;
                }
                Ok(all)
            }
            Self::Take(node, samples) => Ok(cut(node.stretches(lens)?, 0, *samples)),
            Self::Skip(node, samples) => Ok(cut(node.stretches(lens)?, *samples, u64::MAX)),
            Self::Repeat(node, times) => {
                let once = node.stretches(lens)?;
                let times = usize::try_from(*times).unwrap_or(usize::MAX);
                check_runs(once.len().saturating_mul(times))?;
                Ok(std::iter::repeat_n(once, times).flatten().collect())
            }
        }
    }

    /// The largest of what its parts have.
    fn most(&self, of_parts: &[u128]) -> u128 {
        match self {
            Self::All(part) | Self::Some(part, _) => of_parts.get(*part).copied().unwrap_or(0),
            Self::Concat(nodes) => nodes.iter().map(|node| node.most(of_parts)).max().unwrap_or(0),
            Self::Take(node, _) | Self::Skip(node, _) | Self::Repeat(node, _) => node.most(of_parts),
        }
    }

    pub(super) fn runs(&self, lens: &[u64]) -> Result<Runs, PlanError> {
        Runs::new(self.stretches(lens)?).ok_or(PlanError::Uncountable)
    }
}

fn check_runs(found: usize) -> Result<(), PlanError> {
    if found > MOST_RUNS { Err(PlanError::TooManyParts { found, limit: MOST_RUNS }) } else { Ok(()) }
}

/// What is left of stretches from a sample up to another.
fn cut(stretches: Stretches, from: u64, to: u64) -> Stretches {
    let mut place = 0_u64;
    let part = |stretch: Stretch| {
        let (start, end) = (place, place.saturating_add(stretch.len()));
        place = end;
        let (from, to) = (from.clamp(start, end), to.clamp(start, end));
        (to > from).then(|| stretch.part(from - start, to - from))
    };
    stretches.into_iter().filter_map(part).collect()
}

/// As it is told: `concat(0, take(skip(1, 10), 100))`.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(part) => write!(f, "{part}"),
            Self::Some(part, samples) => write!(f, "some({part}, {})", samples.len()),
            Self::Concat(nodes) => {
                f.write_str("concat(")?;
                for (at, node) in nodes.iter().enumerate() {
                    write!(f, "{}{node}", if at > 0 { ", " } else { "" })?;
                }
                f.write_str(")")
            }
            Self::Take(node, samples) => write!(f, "take({node}, {samples})"),
            Self::Skip(node, samples) => write!(f, "skip({node}, {samples})"),
            Self::Repeat(node, times) => write!(f, "repeat({node}, {times})"),
        }
    }
}

/// A mixture: its sources, their weights, and what else it depends on.
#[derive(Debug, Clone)]
pub(in crate::dataset) struct MixShape {
    pub(in crate::dataset) nodes: Vec<Node>,
    pub(in crate::dataset) weights: Vec<f64>,
    pub(in crate::dataset) block: u32,
    pub(in crate::dataset) stop: Stop,
}

/// The samples that an epoch has.
#[derive(Debug, Clone)]
pub(in crate::dataset) enum Shape {
    /// Those of one dataset, each once.
    Whole,
    Picked(Node),
    Mixed(MixShape),
}

impl Shape {
    /// How the samples of an epoch are ordered, of parts that have so many samples each.
    pub(in crate::dataset) fn order(
        &self,
        lens: &[u64],
        order: Order,
        seed: u64,
        epoch: u64,
    ) -> Result<EpochOrder, PlanError> {
        match self {
            Self::Whole => Ok(EpochOrder::new(order, lens.iter().sum(), seed, epoch)),
            Self::Picked(node) => Ok(EpochOrder::of_runs(order, node.runs(lens)?, seed, epoch)),
            Self::Mixed(MixShape { nodes, weights, block, stop }) => {
                let quotas = quotas(weights, *block)?;
                let runs = nodes.iter().map(|node| node.runs(lens)).collect::<Result<Vec<_>, _>>()?;
                if let Some(number) = runs.iter().position(|runs| runs.len() == 0) {
                    return Err(PlanError::EmptySource { number });
                }
                let sources = runs.into_iter().zip(quotas).collect();
                let mixed = Mixed::new(sources, order, seed, epoch, *stop).ok_or(PlanError::Uncountable)?;
                Ok(EpochOrder::mixed(mixed))
            }
        }
    }

    /// What a sample of an epoch takes, where one of each part takes so much: of a mixture by its weights, otherwise of the
    /// part whose samples take the most, for there may be batches of that part alone.
    pub(in crate::dataset) fn mean(&self, of_parts: &[u128]) -> Result<u128, PlanError> {
        match self {
            Self::Whole => Ok(of_parts.iter().copied().max().unwrap_or(0)),
            Self::Picked(node) => Ok(node.most(of_parts)),
            Self::Mixed(MixShape { nodes, weights, block, .. }) => {
                let drawn = nodes.iter().zip(quotas(weights, *block)?);
                let bytes: u128 = drawn.map(|(node, quota)| node.most(of_parts) * u128::from(quota)).sum();
                Ok(bytes / u128::from(*block).max(1))
            }
        }
    }

    /// What decides on the samples of an epoch and their places, whatever they are called: the stretches of each source, and
    /// how these are mixed. `None` if the samples of all parts are there once, one behind the other.
    #[cfg(feature = "records")]
    pub(in crate::dataset) fn fingerprint(&self, lens: &[u64]) -> Result<Option<String>, PlanError> {
        let mut hash = Sha256::new();
        match self {
            Self::Whole => return Ok(None),
            Self::Picked(node) => {
                let runs = node.runs(lens)?;
                if runs.len() == lens.iter().sum::<u64>() && runs.is_counting() {
                    return Ok(None);
                }
                add_stretches(&mut hash, &runs);
            }
            Self::Mixed(MixShape { nodes, weights, block, stop }) => {
                hash.update(format!("mix of {block} {stop:?}\0"));
                for (node, quota) in nodes.iter().zip(quotas(weights, *block)?) {
                    hash.update(format!("{quota} of "));
                    add_stretches(&mut hash, &node.runs(lens)?);
                }
            }
        }
        Ok(Some(hex(&hash.finalize())))
    }

    /// What is told of it, if there is anything to tell.
    pub(in crate::dataset) fn told(&self) -> Result<Option<String>, PlanError> {
        Ok(match self {
            Self::Whole => None,
            Self::Picked(node) => Some(node.to_string()),
            Self::Mixed(mixed) => Some(mixed.told()?),
        })
    }
}

#[cfg(feature = "records")]
fn add_stretches(hash: &mut Sha256, runs: &Runs) {
    // There may be half as many as there are samples.
    let mut text = String::new();
    runs.each_stretch(&mut |first, len| {
        // Writing to a string does not fail.
        let _ = write!(text, "{first}+{len} ");
        if text.len() > HASHED_AT_ONCE {
            hash.update(&text);
            text.clear();
        }
    });
    hash.update(text);
    hash.update("\0");
}

impl MixShape {
    /// `mix(7000 of 0, 3000 of take(1, 100)), until the first is used up`.
    fn told(&self) -> Result<String, PlanError> {
        let quotas = quotas(&self.weights, self.block)?;
        let sources: Vec<String> =
            self.nodes.iter().zip(quotas).map(|(node, quota)| format!("{quota} of {node}")).collect();
        let until = match self.stop {
            Stop::FirstExhausted => "until the first is used up".to_owned(),
            Stop::AllExhausted => "until all are used up".to_owned(),
            Stop::Samples(samples) => format!("{samples} samples"),
        };
        Ok(format!("mix({}), {until}", sources.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn all(node: &Node, lens: &[u64]) -> Vec<u64> {
        let runs = node.runs(lens).unwrap();
        (0..runs.len()).map(|place| runs.at(place).unwrap()).collect()
    }

    #[test]
    fn nodes_are_lists_as_iterators_are() {
        let lens = [3, 0, 4];
        let concat = Node::Concat(vec![Node::All(2), Node::All(1), Node::All(0)]);
        let list = [3, 4, 5, 6, 0, 1, 2];
        assert_eq!(all(&concat, &lens), list);
        for n in 0..9_u32 {
            let taken = Node::Take(Box::new(concat.clone()), n.into());
            assert_eq!(all(&taken, &lens), list.iter().copied().take(n as usize).collect::<Vec<_>>());
            let skipped = Node::Skip(Box::new(concat.clone()), n.into());
            assert_eq!(all(&skipped, &lens), list.iter().copied().skip(n as usize).collect::<Vec<_>>());
            let both = Node::Repeat(Box::new(Node::Take(Box::new(skipped), 3)), 2);
            let once = list.iter().copied().skip(n as usize).take(3);
            assert_eq!(all(&both, &lens), once.clone().chain(once).collect::<Vec<_>>());
        }
        let nested = Node::Concat(vec![Node::All(0), Node::Repeat(Box::new(Node::All(0)), 2).counted_from(2)]);
        assert_eq!(nested.to_string(), "concat(0, repeat(2, 2))");
    }

    #[test]
    fn what_cannot_be_counted_is_refused() {
        let twice = Node::Repeat(Box::new(Node::Concat(vec![Node::All(0), Node::All(0)])), u32::MAX);
        assert!(matches!(twice.runs(&[3]), Err(PlanError::TooManyParts { .. })));
        let large = Node::Repeat(Box::new(Node::All(0)), 3);
        assert!(matches!(large.runs(&[u64::MAX / 2]), Err(PlanError::Uncountable)));
    }
}
