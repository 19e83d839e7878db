//! What shards answer, several at a time, given in their order.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

#[cfg(feature = "manifest")]
use atdata::Result;
#[cfg(feature = "manifest")]
use atdata::dataset::{ExplainedShard, HowAsked, Pruned};
use atdata::query::Predicate;
use atdata::{Dataset, DictSample, Error};

use super::{Told, dataset};
use crate::args::{Named, QueryArgs};
use crate::json;
use crate::text::{Plain, Short};

/// Answers of a shard that wait for those of the shards before it.
const WAITING: usize = 64;

/// What a shard answers.
pub(super) enum Answer {
    /// A sample that matches, as it is shown.
    Match {
        key: String,
        shown: Vec<u8>,
    },
    /// So many of them, where only that is asked for.
    #[cfg(feature = "manifest")]
    Matches(u64),
    #[cfg(feature = "manifest")]
    Explained(Box<ExplainedShard>),
    Failed(String),
    /// Something is odd, for which there may be samples that are not seen.
    Lost(String),
    Warned(String),
}

/// What is asked of shards, and how.
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(super) struct Asker {
    predicate: Predicate<DictSample>,
    shards: Vec<Named>,
    /// The shard that is asked next.
    next: AtomicUsize,
    /// Whether nobody wants to hear more.
    is_over: AtomicBool,
    threads: usize,
    count: bool,
    keys: bool,
    json: bool,
    #[cfg(feature = "manifest")]
    explain: bool,
    manifests: bool,
}

/// Nobody wants to hear more.
struct Unheard;

/// Where the answers of a shard go.
struct Tell<'a> {
    to: SyncSender<Answer>,
    is_over: &'a AtomicBool,
}

impl Tell<'_> {
    fn tell(&self, answer: Answer) -> std::result::Result<(), Unheard> {
        if self.is_over.load(Ordering::Relaxed) {
            return Err(Unheard);
        }
        self.to.send(answer).map_err(|_| Unheard)
    }

    fn fail(&self, error: &Error) -> std::result::Result<(), Unheard> {
        self.tell(Answer::Failed(format!("{error:#}")))
    }
}

/// A shard whose answers come, by its number.
type Begun = (usize, Receiver<Answer>);

impl Asker {
    pub(super) fn new(args: &QueryArgs, predicate: Predicate<DictSample>, shards: Vec<Named>) -> Self {
        Self {
            predicate,
            shards,
            next: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            threads: args.threads,
            count: args.count,
            keys: args.keys,
            json: args.json,
            #[cfg(feature = "manifest")]
            explain: args.explain,
            #[cfg(feature = "manifest")]
            manifests: !args.no_manifests,
            #[cfg(not(feature = "manifest"))]
            manifests: false,
        }
    }

    /// Asks all, and tells what they answer in their order.
    ///
    /// Once nobody wants to hear more, nobody waits for those who ask: one may wait for a pipe or a server that gives nothing, or read
    /// a large shard in which no more samples match. They end with the program.
    pub(super) fn ask(self, told: &mut Told<'_>) -> io::Result<()> {
        let this = Arc::new(self);
        let shards = this.shards.len();
        if shards == 0 || !told.wants_more() {
            return Ok(());
        }
        let threads = this.threads().min(shards);
        let (announce, begun) = sync_channel::<Begun>(threads);
        let start = |_: usize| {
            let (this, announce) = (Arc::clone(&this), announce.clone());
            thread::Builder::new().spawn(move || this.work(&announce)).ok()
        };
        let started = (0..threads).map_while(start).count();
        drop(announce);
        if started == 0 {
            return Err(io::Error::other("no thread could be started"));
        }
        let outcome = hear(begun, shards, told);
        // What waits to be heard is not, and those who tell see it.
        this.is_over.store(true, Ordering::Relaxed);
        outcome
    }

    /// Asks one shard after the other, as long as there are any and somebody hears it.
    fn work(&self, announce: &SyncSender<Begun>) {
        while let number = self.next.fetch_add(1, Ordering::Relaxed)
            && let Some(named) = self.shards.get(number)
        {
            let (to, from) = sync_channel(WAITING);
            let is_heard = announce.send((number, from)).is_ok();
            if !is_heard || self.shard(named, &Tell { to, is_over: &self.is_over }).is_err() {
                break;
            }
        }
    }

    fn threads(&self) -> usize {
        match self.threads {
            0 => thread::available_parallelism().map_or(1, usize::from).min(8),
            threads => threads,
        }
    }

    fn shard(&self, named: &Named, to: &Tell<'_>) -> std::result::Result<(), Unheard> {
        if let Some(error) = &named.missing {
            return to.fail(error);
        }
        let dataset = match dataset(named, self.manifests) {
            Ok(dataset) => dataset,
            Err(error) => return to.fail(&error),
        };
        #[cfg(feature = "manifest")]
        {
            let pruned = match dataset.prune(&self.predicate) {
                Ok(pruned) => pruned,
                Err(error) => return to.fail(&error),
            };
            if self.explain {
                let explained = pruned.explanation().shards.iter().cloned();
                return explained.into_iter().try_for_each(|shard| to.tell(Answer::Explained(Box::new(shard))));
            }
            if let Some(result) = self.by_manifest(&pruned, to) {
                return result;
            }
        }
        self.stream(&dataset, to)
    }

    /// All samples, one after the other.
    fn stream(&self, dataset: &Dataset<DictSample>, to: &Tell<'_>) -> std::result::Result<(), Unheard> {
        let mut samples = dataset.matching(&self.predicate).ordered().with_keys();
        for next in samples.by_ref() {
            match next {
                Ok((key, sample)) => to.tell(self.shown(key, &sample))?,
                Err(error) => to.fail(&error)?,
            }
        }
        for warning in samples.warnings() {
            let text = warning.to_string();
            to.tell(if warning.warning.may_lose_samples() { Answer::Lost(text) } else { Answer::Warned(text) })?;
        }
        Ok(())
    }

    fn shown(&self, key: String, sample: &DictSample) -> Answer {
        let mut shown = Vec::new();
        if !self.count && !self.keys {
            // Writing to memory does not fail.
            drop(self.show(&key, sample, &mut shown));
        }
        Answer::Match { key, shown }
    }

    fn show(&self, key: &str, sample: &DictSample, out: &mut impl io::Write) -> io::Result<()> {
        if self.json {
            let fields = sample.iter().map(|(name, value)| (name, json::field(value)));
            return json::write_line(out, &json::sample(key, fields));
        }
        sample.iter().try_for_each(|(name, value)| writeln!(out, "  {}: {}", Plain(name), Short(value)))
    }
}

#[cfg(feature = "manifest")]
impl Asker {
    /// What the manifest of a shard answers, and the samples that it names; `None` where the shard is to be read as a whole.
    fn by_manifest(&self, pruned: &Pruned<DictSample>, to: &Tell<'_>) -> Option<std::result::Result<(), Unheard>> {
        match pruned.explanation().shards.first()?.how {
            // What leaves a shard out is held against its contents as well, where these are there.
            HowAsked::LeftOut { .. } | HowAsked::ByRows { .. } => {}
            _ => return None,
        }
        match self.chosen(pruned, to) {
            Ok(told) => Some(told),
            // It cannot be read in any order, or is damaged somewhere: from its begin on there are samples all the same.
            Err(error) => {
                log::info!("read from its begin to its end: {error:#}");
                None
            }
        }
    }

    fn chosen(&self, pruned: &Pruned<DictSample>, to: &Tell<'_>) -> Result<std::result::Result<(), Unheard>> {
        let chosen = pruned.choose()?;
        if self.count {
            return Ok(to.tell(Answer::Matches(chosen.len()? as u64)));
        }
        let mut keys = Vec::new();
        chosen.filter_keys(|key| {
            keys.push(key.to_owned());
            true
        })?;
        if self.keys {
            let mut keys = keys.into_iter().map(|key| Answer::Match { key, shown: Vec::new() });
            return Ok(keys.try_for_each(|answer| to.tell(answer)));
        }
        let tell = |(key, sample): (String, Result<DictSample>)| match sample {
            Ok(sample) => to.tell(self.shown(key, &sample)),
            Err(error) => to.fail(&error),
        };
        Ok(keys.into_iter().zip(chosen.ordered()).try_for_each(tell))
    }
}

/// Hears all shards in order.
fn hear(begun: Receiver<Begun>, shards: usize, told: &mut Told<'_>) -> io::Result<()> {
    let mut early = BTreeMap::new();
    for number in 0..shards {
        if !told.wants_more() {
            break;
        }
        told.console.progress.shard(number + 1, shards);
        let from = loop {
            if let Some(from) = early.remove(&number) {
                break Some(from);
            }
            match begun.recv() {
                Ok((other, from)) => drop(early.insert(other, from)),
                Err(_) => break None,
            }
        };
        for answer in from.into_iter().flatten() {
            told.take(answer)?;
            if !told.wants_more() {
                break;
            }
        }
    }
    // Who has yet to be heard is told by that.
    drop(begun);
    Ok(())
}
