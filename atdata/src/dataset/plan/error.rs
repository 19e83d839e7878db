//! Why there is no plan.

use crate::error::{Cause, ErrorKind, Printable};
use crate::order::WeightError;

#[derive(Debug, thiserror::Error)]
pub(in crate::dataset) enum PlanError {
    #[error("expected at least one rank, found 0")]
    NoRanks,
    #[error("expected the samples of a global batch, found {}: write `.batch(256)` (`--batch 256`)", if *.given { "0" } else { "none" })]
    NoBatch { given: bool },
    #[error(
        "a global batch of {batch} cannot be cut into {ranks} equal pieces, one a rank: take {below} or {above} samples"
    )]
    BatchOfRanks { batch: u64, ranks: u64, below: u64, above: u64 },
    #[error("a global batch of {batch} has no equal parts of {lanes} lanes: take a multiple of {lanes} samples")]
    BatchOfLanes { batch: u64, lanes: u64 },
    #[error("{ranks} ranks cannot share {lanes} lanes: take a number of lanes that {ranks} divides, such as {ranks}")]
    Lanes { lanes: u64, ranks: u64 },
    #[error("expected from 1 to {samples} lanes, one sample each at least, found {lanes}")]
    LaneCount { lanes: u64, samples: u64 },
    #[error(
        "a global batch of {batch} is more than the {samples} samples of the dataset: take a smaller one, or `Tail::Uneven` (`--tail uneven`) for one short batch"
    )]
    BatchOfDataset { batch: u64, samples: u64 },
    #[error("the dataset has no samples to plan with")]
    NoSamples,
    #[error("a plan has at most {limit} samples, found {samples}")]
    TooMany { samples: u64, limit: u64 },
    #[error(
        "a filter decides how many samples there are only when all are read: choose samples by a predicate with `query`, by their keys with `filter_keys` or by their numbers with `only`, write what it keeps as a dataset of its own, or map what is to be left out to something that says so"
    )]
    Filtered,
    #[error(transparent)]
    Weights(#[from] WeightError),
    #[error("dataset {number} of the mixture has no samples to draw: leave it out")]
    EmptySource { number: usize },
    #[error(
        "a composition of {found} stretches is too much, {limit} are the most: go through several epochs in place of repeating"
    )]
    TooManyParts { found: usize, limit: usize },
    #[error("a composition has more samples than can be counted: take fewer, or repeat them less often")]
    Uncountable,
    #[error("the datasets of a plan treat bad samples in different ways: call `on_error` of each with the same policy")]
    Policies,
    #[error("there is no rank {rank} of {ranks}: they count from 0")]
    Rank { rank: u64, ranks: u64 },
    #[error("a plan of sizes alone has nothing to load: begin with `dataset.plan()`")]
    NoDataset,
    #[cfg(feature = "records")]
    #[error("a plan of sizes alone has nothing to go on with: begin with `dataset.plan()`")]
    NoIdentity,
    #[cfg(feature = "records")]
    #[error("the token is of another run: {}", Printable(&.differences.join("; ")))]
    OtherRun { differences: Vec<String> },
    #[cfg(feature = "records")]
    #[error("expected a token, as `Token::to_json` writes it: {}", Printable(.what))]
    NoToken { what: String },
    #[error("the loader cannot start a thread")]
    Thread { source: std::io::Error },
    #[error("a function of the caller panicked: {}", Printable(.message))]
    Panicked { message: String },
    #[error("the loader was dropped")]
    Cancelled,
}

impl Cause for PlanError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Filtered => ErrorKind::Unsupported,
            Self::Thread { .. } => ErrorKind::Io,
            Self::Panicked { .. } => ErrorKind::Caller,
            Self::Cancelled => ErrorKind::Interrupted,
            _ => ErrorKind::InvalidInput,
        }
    }
}
