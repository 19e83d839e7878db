//! A progress line on standard error, for whoever waits longer than a second in front of a terminal.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

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
        let style = ProgressStyle::with_template("{spinner} {msg}: {human_pos} samples, {per_sec}, {elapsed}");
        let bar = ProgressBar::new_spinner().with_elapsed(self.started.elapsed()).with_position(self.samples);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
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
