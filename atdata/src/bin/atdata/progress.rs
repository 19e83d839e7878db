//! A progress line on standard error, for whoever waits longer than a second in front of a terminal.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};

const PATIENCE: Duration = Duration::from_secs(1);

pub(crate) struct Progress {
    started: Instant,
    samples: u64,
    shard: String,
    /// Hidden by `indicatif` itself where standard error is no terminal.
    bar: Option<ProgressBar>,
    transfer: Option<Arc<Transfer>>,
}

/// Bytes on their way, counted by whoever moves them.
pub(crate) struct Transfer {
    started: Instant,
    what: &'static str,
    bytes: AtomicU64,
    bar: OnceLock<ProgressBar>,
}

impl Transfer {
    pub(crate) fn add(&self, bytes: u64) {
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if self.bar.get().is_some() || self.started.elapsed() > PATIENCE {
            self.bar.get_or_init(|| self.begin()).set_position(bytes);
        }
    }

    fn begin(&self) -> ProgressBar {
        let style = ProgressStyle::with_template("{spinner} {prefix} {msg}: {bytes}, {bytes_per_sec}, {elapsed}");
        let bar = ProgressBar::new_spinner().with_elapsed(self.started.elapsed()).with_prefix(self.what);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), samples: 0, shard: String::new(), bar: None, transfer: None }
    }

    /// Bytes begin to move; what they do is said by a verb.
    pub(crate) fn transfer(&mut self, what: &'static str) -> Arc<Transfer> {
        let transfer = Transfer { started: Instant::now(), what, bytes: AtomicU64::new(0), bar: OnceLock::new() };
        Arc::clone(self.transfer.insert(Arc::new(transfer)))
    }

    fn shown(&self) -> Option<&ProgressBar> {
        self.bar.as_ref().or_else(|| self.transfer.as_ref()?.bar.get())
    }

    /// Another shard begins.
    pub(crate) fn shard(&mut self, number: usize, of: usize) {
        self.shard = format!("shard {number} of {of}");
        if let Some(bar) = self.shown() {
            bar.set_message(self.shard.clone());
        }
    }

    /// Another sample was read.
    pub(crate) fn sample(&mut self) {
        self.samples += 1;
        match &self.bar {
            Some(bar) => bar.set_position(self.samples),
            None if self.started.elapsed() > PATIENCE => self.bar = Some(self.begin()),
            None => {}
        }
    }

    fn begin(&self) -> ProgressBar {
        let style = ProgressStyle::with_template("{spinner} {msg}: {human_pos} samples, {rate}/s, {elapsed}");
        let bar = ProgressBar::new_spinner().with_elapsed(self.started.elapsed()).with_position(self.samples);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()).with_key("rate", write_rate));
        bar.set_message(self.shard.clone());
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }

    /// Writes to the terminal with the line out of the way.
    pub(crate) fn suspend(&self, write: impl FnOnce()) {
        match self.shown() {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    pub(crate) fn clear(&mut self) {
        if let Some(bar) = self.shown() {
            bar.finish_and_clear();
        }
        (self.bar, self.transfer) = (None, None);
    }
}

/// Samples per second since the start; `indicatif`'s own rate jumps with every hiccup of the disk.
fn write_rate(state: &ProgressState, out: &mut dyn Write) {
    let millis = state.elapsed().as_millis().max(1);
    let rate = u64::try_from(u128::from(state.pos()) * 1000 / millis).unwrap_or(u64::MAX);
    let _ = write!(out, "{}", HumanCount(rate));
}
