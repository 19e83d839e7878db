//! A progress line on standard error, for whoever waits longer than a second in front of a terminal.

use std::fmt::Write;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};

const PATIENCE: Duration = Duration::from_secs(1);

pub(crate) struct Progress {
    started: Instant,
    samples: u64,
    shard: String,
    /// Hidden by `indicatif` itself where standard error is no terminal.
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), samples: 0, shard: String::new(), bar: None }
    }

    /// Another shard begins.
    pub(crate) fn shard(&mut self, number: usize, of: usize) {
        self.shard = format!("shard {number} of {of}");
        if let Some(bar) = &self.bar {
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
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    pub(crate) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// Samples per second since the start; `indicatif`'s own rate jumps with every hiccup of the disk.
fn write_rate(state: &ProgressState, out: &mut dyn Write) {
    let millis = state.elapsed().as_millis().max(1);
    let rate = u64::try_from(u128::from(state.pos()) * 1000 / millis).unwrap_or(u64::MAX);
    let _ = write!(out, "{}", HumanCount(rate));
}
