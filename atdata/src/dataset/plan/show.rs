//! A plan in words.

use std::fmt;

use super::{Cost, Plan, Tail};

/// Steps that the means are of.
const SAMPLED: u64 = 16;

/// `drop`, `pad`, `uneven`; the form that tokens have, and the program takes.
impl fmt::Display for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Drop => "drop",
            Self::Pad => "pad",
            Self::Uneven => "uneven",
        })
    }
}

/// Why a text is no [`Tail`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected `drop`, `pad` or `uneven`, found `{0}`")]
pub struct TailError(String);

impl std::str::FromStr for Tail {
    type Err = TailError;

    fn from_str(text: &str) -> Result<Self, TailError> {
        match text {
            "drop" => Ok(Self::Drop),
            "pad" => Ok(Self::Pad),
            "uneven" => Ok(Self::Uneven),
            _ => Err(TailError(text.escape_debug().collect())),
        }
    }
}

impl Plan {
    /// The mean of some batches of rank 0, from the first to the last.
    pub fn mean_cost(&self) -> Cost {
        let steps = self.end(0);
        let count = steps.min(SAMPLED);
        let mut sum = Cost::default();
        for at in 0..count {
            let Cost { bytes, requests, shards } = self.cost(0, steps / count * at);
            sum.bytes += bytes;
            sum.requests += requests;
            sum.shards += shards;
        }
        let mean = |sum: u64| sum / count.max(1);
        Cost { bytes: mean(sum.bytes), requests: mean(sum.requests), shards: mean(sum.shards) }
    }

    /// What becomes of what does not fill a batch, in words.
    fn told_tail(&self) -> String {
        let left = self.samples().saturating_sub(self.from);
        let taken = self.steps() * self.batch;
        match self.tail {
            Tail::Drop => format!("drop: {} samples are left out", left.saturating_sub(taken)),
            Tail::Pad => format!("pad: {} rows of the last batch are samples of the begin", taken.saturating_sub(left)),
            Tail::Uneven => match self.uneven() {
                Some(why) => format!("uneven: {why}"),
                None => "uneven, and all ranks have the same".to_owned(),
            },
        }
    }
}

/// A number of bytes with three digits.
struct Bytes(u64);

impl fmt::Display for Bytes {
    #[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut size = self.0 as f64;
        for unit in ["B", "kB", "MB", "GB", "TB"] {
            if size < 999.5 {
                let digits = if unit == "B" || size >= 99.95 {
                    0
                } else if size >= 9.995 {
                    1
                } else {
                    2
                };
                return write!(f, "{size:.digits$} {unit}");
            }
            size /= 1000.0;
        }
        write!(f, "{size:.0} PB")
    }
}

/// Several lines, each a name and what there is to say of it.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (lanes, position) = (self.lanes.count(), self.from);
        write!(f, "order    {}, seed {}, epoch {}", self.order, self.seed, self.epoch)?;
        if lanes > 1 {
            write!(f, ", in {lanes} lanes")?;
        }
        let bytes = Bytes(super::Sizes::total(&self.sizes.bytes));
        write!(f, "\nsamples  {} in {} shards, {bytes}", self.samples(), self.shards())?;
        if let Some(composition) = self.composition() {
            write!(f, "\nparts    {composition}")?;
        }
        if position > 0 {
            write!(f, "; {position} were consumed before")?;
        }
        write!(f, "\nbatches  {} of {}", self.steps(), self.batch)?;
        let given = self.given.count(self.steps());
        if given > 0 {
            write!(f, ", {given} of which were given before")?;
        }
        if self.ranks > 1 {
            write!(f, ": {} for each of {} ranks", self.batch / self.ranks, self.ranks)?;
        }
        write!(f, "\ntail     {}", self.told_tail())?;
        let Cost { bytes, requests, shards } = self.mean_cost();
        write!(f, "\nreads    {} in {requests} requests to {shards} shards, for a batch of a rank", Bytes(bytes))?;
        write!(f, "\nmemory   {} of packed samples at most, for a rank", Bytes(self.peak_memory()))
    }
}
