//! Catalogues of which some shards are left out: nobody asks for their samples, and it is enough how many there are.

use std::sync::Arc;

use super::entry::{Entry, Reading, Where};
use super::look::{Look, unfit};
use super::{Catalog, CatalogError, in_order, over_all, path_of};
use crate::error::{Error, Result};
use crate::sample::SampleLayout;
use crate::shard::Contents;
use crate::source::{ReadOptions, Shard};

/// What is asked for of a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dataset) enum Wants {
    /// Nothing: it has so many samples, and bytes as far as that is known.
    Nothing { samples: u64, size: u64 },
    /// Where some of its samples are.
    Places,
    /// All of it, which is read in any case.
    All,
}

impl Catalog {
    /// Of shards of which that is wanted, each; those that are to be read, and have no contents beside them, are read for their headers.
    pub(in crate::dataset) fn partly(
        shards: &Arc<[Shard]>,
        options: &ReadOptions,
        layout: SampleLayout,
        wants: &[Wants],
    ) -> Result<Self> {
        if let Some(why) = in_order(options) {
            return Err(CatalogError::InOrder { why }.into());
        }
        let reading = Reading::new(shards, options, layout);
        let look = Look::new(&reading)?;
        let wanted: Vec<_> = shards.iter().zip(wants).enumerate().collect();
        let entries = over_all(&wanted, look.threads(), |(number, (shard, wants))| {
            let at = |place| Entry::new(*number, place, &reading);
            // No server is asked for what nobody wants.
            let is_asked_for = !(matches!(wants, Wants::Nothing { .. }) && shard.path().is_none());
            let found = if is_asked_for { look.of(*number) } else { Ok(None) };
            if let Wants::Nothing { samples, size } = **wants {
                let found = found.unwrap_or_else(|error| {
                    log::info!("{shard}: its contents are not looked at, of which nothing is wanted: {error:#}");
                    None
                });
                // Contents of which nothing is wanted need not be of use.
                let found = found.filter(|entry| unfit(&entry.summary(), layout).is_none());
                return Ok(found.unwrap_or_else(|| at(Where::LeftOut { samples, size })));
            }
            let entry = match found? {
                Some(entry) => entry,
                None if **wants == Wants::Places => {
                    at(Where::Scanned(Arc::new(Contents::scan_headers(path_of(shard)?, options, &mut |_| ())?)))
                }
                None => at(Where::Scanned(Arc::new(Contents::scan(path_of(shard)?, options)?))),
            };
            match unfit(&entry.summary(), layout) {
                Some(why) => Err(Error::from(CatalogError::InOrder { why }).with_shard(&shard.redacted())),
                None => Ok(entry),
            }
        })?;
        Ok(Self::new(entries))
    }

    /// Whether nobody asks for the samples of a shard, and it is not known where they are.
    pub(in crate::dataset) fn is_left_out(&self, shard: usize) -> bool {
        self.entries.get(shard).is_some_and(Entry::is_left_out)
    }

    /// How many samples a shard has.
    pub(in crate::dataset) fn samples_of(&self, shard: usize) -> u64 {
        let end = self.starts.get(shard + 1).copied().unwrap_or_else(|| self.samples());
        end - self.start_of(shard)
    }
}
