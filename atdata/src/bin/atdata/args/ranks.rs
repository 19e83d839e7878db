//! `--rank i --of n`: the shards that one of several processes does.

use atdata::source::Shard;
use atdata::{Dataset, DictSample, Error, ErrorKind, Result};
use clap::Args;

use crate::console::Console;

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
    /// Do only the shards of this rank, counted from 0: each shard that is read becomes one, of the same number
    #[arg(long, value_name = "I", hide = true)]
    rank: Option<u64>,
    /// How many ranks there are
    #[arg(long, value_name = "N", hide = true)]
    of: Option<u64>,
}

/// Deals out shards in their order, one by one, as `process_shards` of the library does.
#[derive(Debug)]
pub(crate) struct Dealer {
    rank: u64,
    of: u64,
    /// How many have been dealt out, and how many of them to this rank.
    dealt: u64,
    own: u64,
    /// CRC-32C of the names of all, in their order.
    crc: u32,
    /// Whether a rank was given.
    is_given: bool,
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
        Ok(Dealer { rank, of, dealt: 0, own: 0, crc: 0, is_given: self.rank.is_some() })
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
    pub(crate) fn is_own(&mut self, shard: &Shard) -> bool {
        // A folder may be at another place of each machine.
        let name = shard.name().unwrap_or_default();
        self.crc = crc32c::crc32c_append(self.crc, name.as_bytes());
        self.crc = crc32c::crc32c_append(self.crc, b"\0");
        let is_own = self.dealt % self.of == self.rank;
        self.dealt += 1;
        self.own += u64::from(is_own);
        is_own
    }

    /// Says which part of the shards is done, once all have been dealt out. Ranks that see another list than others say another number
    /// of it, or another sum.
    pub(crate) fn tell(&self, console: &mut Console) {
        let Self { rank, of, own, dealt, crc, is_given } = *self;
        if is_given {
            console.note(&format_args!("rank {rank} of {of}: {own} of {dealt} shards (list {crc:08x})"));
        }
    }

    /// The shards of the rank among those of a dataset; `None` if there are none.
    pub(crate) fn own(&mut self, dataset: Dataset<DictSample>) -> Result<Option<Dataset<DictSample>>> {
        let own: Vec<_> = dataset.shards().iter().filter(|shard| self.is_own(shard)).cloned().collect();
        if self.of == 1 {
            return Ok(Some(dataset));
        }
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
                    *by += u64::from(dealer.is_own(&Shard::from_path("a.tar")));
                }
            }
            assert_eq!(by, [1; 23]);
        }
        Ok(())
    }
}
