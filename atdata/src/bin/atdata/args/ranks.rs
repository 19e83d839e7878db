//! `--rank i --of n`: the shards that one of several processes does.

use atdata::{Dataset, DictSample, Error, ErrorKind, Result};
use clap::Args;

/// Which shards are done.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Ranks {
    /// Do only the shards of this rank, counted from 0: of N processes or machines that are started alike each shard is done by
    /// one
    #[arg(long, value_name = "I", requires = "of")]
    rank: Option<u64>,
    /// How many ranks there are
    #[arg(long, value_name = "N", requires = "rank")]
    of: Option<u64>,
}

/// The same arguments where some commands refuse them, so that it is said why.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct MaybeRanks {
    #[arg(long, value_name = "I", hide = true)]
    rank: Option<u64>,
    #[arg(long, value_name = "N", hide = true)]
    of: Option<u64>,
}

/// Deals out shards in their order, one by one, as `process_shards` of the library does.
#[derive(Debug)]
pub(crate) struct Dealer {
    rank: u64,
    of: u64,
    /// How many have been dealt out.
    dealt: u64,
}

impl Ranks {
    /// # Errors
    /// A rank that is none.
    pub(crate) fn dealer(self) -> Result<Dealer> {
        if self.rank.is_some() != self.of.is_some() {
            return Err(Error::new(ErrorKind::InvalidInput, "--rank and --of go together: expected both"));
        }
        let (rank, of) = (self.rank.unwrap_or(0), self.of.unwrap_or(1));
        if of == 0 {
            return Err(Error::new(ErrorKind::InvalidInput, "--of 0: expected at least 1 rank"));
        }
        if rank >= of {
            let message = format!(
                "--rank {rank} --of {of}: there is no such rank: they count from 0, so that the last is {}",
                of - 1
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        Ok(Dealer { rank, of, dealt: 0 })
    }

    /// Fails where there are several, and what they would do is one thing.
    pub(crate) fn refuse(self, why: &str) -> Result<()> {
        if self.rank.is_none() && self.of.is_none() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::InvalidInput, format!("--rank and --of: {why}")))
    }
}

impl MaybeRanks {
    /// Fails if one of them is given.
    pub(crate) fn refuse(self, why: &str) -> Result<()> {
        self.given().refuse(why)
    }

    /// Where they are taken.
    pub(crate) fn given(self) -> Ranks {
        Ranks { rank: self.rank, of: self.of }
    }

    /// Whether one of them is given.
    pub(crate) fn are_given(self) -> bool {
        self.rank.is_some() || self.of.is_some()
    }
}

impl Dealer {
    /// Whether the next shard is one of this rank.
    pub(crate) fn is_own(&mut self) -> bool {
        let is_own = self.dealt % self.of == self.rank;
        self.dealt += 1;
        is_own
    }

    /// The shards of the rank among those of a dataset; `None` if there are none.
    pub(crate) fn own(&mut self, dataset: Dataset<DictSample>) -> Result<Option<Dataset<DictSample>>> {
        if self.of == 1 {
            return Ok(Some(dataset));
        }
        let own: Vec<_> = dataset.shards().iter().filter(|_| self.is_own()).cloned().collect();
        if own.is_empty() {
            return Ok(None);
        }
        Ok(Some(Dataset::open(own)?.with_options(dataset.read_options().clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shard_is_dealt_to_one_rank() -> Result<()> {
        for of in 1..9 {
            let mut by = vec![0; 23];
            for rank in 0..of {
                let mut dealer = Ranks { rank: Some(rank), of: Some(of) }.dealer()?;
                for by in &mut by {
                    *by += u64::from(dealer.is_own());
                }
            }
            assert_eq!(by, [1; 23]);
        }
        Ok(())
    }
}
