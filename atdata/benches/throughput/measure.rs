//! Tables of rows that are timed in turns.

use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;

/// What the command line asks for.
pub(crate) struct Options {
    pub(crate) quick: bool,
    rounds: Option<usize>,
    filter: String,
    row: String,
}

impl Options {
    pub(crate) fn from_args(mut args: impl Iterator<Item = String>) -> Self {
        let mut options = Self { quick: false, rounds: None, filter: String::new(), row: String::new() };
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--quick" => options.quick = true,
                "--rounds" => options.rounds = args.next().and_then(|rounds| rounds.parse().ok()),
                "--row" => options.row = args.next().unwrap_or_default(),
                // What cargo itself adds.
                "--bench" => {}
                _ => options.filter = arg,
            }
        }
        options
    }

    /// The number of samples to use where a whole run has `full`.
    pub(crate) fn samples(&self, full: usize) -> usize {
        if self.quick { full / 10 } else { full }
    }

    /// A table, if it is one of those asked for.
    pub(crate) fn table<'a>(&self, name: &str, samples: usize, bytes: u64) -> Option<Table<'a>> {
        let rounds = self.rounds.unwrap_or(if self.quick { 3 } else { 11 });
        let title = format!("{name}: {samples} samples, {:.1} MB", to_f64(bytes) / 1e6);
        name.contains(&self.filter).then(|| Table {
            title,
            rounds,
            samples,
            bytes,
            rows: Vec::new(),
            only: self.row.clone(),
            before: Box::new(|| ()),
        })
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        name.contains(&self.filter)
    }
}

/// Rows that are measured against each other. The first one is the base of those behind it, up to the next base.
pub(crate) struct Table<'a> {
    title: String,
    rounds: usize,
    samples: usize,
    bytes: u64,
    rows: Vec<Row<'a>>,
    /// What the names contain of the rows that are run.
    only: String,
    before: Box<dyn FnMut() + 'a>,
}

struct Row<'a> {
    name: String,
    aim: Option<f64>,
    /// What it is called, where it is what others cannot be faster than.
    limit: Option<&'static str>,
    /// The row that this one is measured against.
    base: usize,
    run: Box<dyn FnMut() -> u64 + 'a>,
    seconds: Vec<f64>,
}

impl<'a> Table<'a> {
    /// The row that those behind it are measured against. What `run` returns keeps its work from being optimised away.
    pub(crate) fn base(&mut self, name: &str, run: impl FnMut() -> u64 + 'a) {
        self.push(name, None, self.rows.len(), run);
    }

    pub(crate) fn row(&mut self, name: &str, run: impl FnMut() -> u64 + 'a) {
        self.push(name, None, self.last_base(), run);
    }

    /// What is done before each measurement, and not measured.
    pub(crate) fn before(&mut self, before: impl FnMut() + 'a) {
        self.before = Box::new(before);
    }

    /// A row with the ratio that it should reach.
    pub(crate) fn row_with_aim(&mut self, name: &str, aim: f64, run: impl FnMut() -> u64 + 'a) {
        self.push(name, Some(aim), self.last_base(), run);
    }

    /// The row before is a limit of all that are none: what they reach of it stands beside them.
    pub(crate) fn is_limit(&mut self, called: &'static str) {
        if let Some(row) = self.rows.last_mut() {
            row.limit = Some(called);
        }
    }

    fn last_base(&self) -> usize {
        self.rows.last().map_or(0, |row| row.base)
    }

    fn push(&mut self, name: &str, aim: Option<f64>, base: usize, run: impl FnMut() -> u64 + 'a) {
        self.rows.push(Row { name: name.into(), aim, limit: None, base, run: Box::new(run), seconds: Vec::new() });
    }

    /// Measures and prints.
    pub(crate) fn print(mut self) {
        for round in 0..=self.rounds {
            for row in self.rows.iter_mut().filter(|row| row.name.contains(&self.only)) {
                (self.before)();
                let start = Instant::now();
                black_box((row.run)());
                // The first round warms up.
                if round > 0 {
                    row.seconds.push(start.elapsed().as_secs_f64());
                }
            }
        }
        println!("\n{}, {} rounds", self.title, self.rounds);
        let limits = columns(self.limits().map(|(called, _)| called.to_owned()));
        println!(
            "  {:<52} {:>9} {:>10} {:>12} {:>8} {:>8} {:>6}{limits}",
            "", "best ms", "median ms", "samples/s", "GB/s", "ratio", "aim"
        );
        for row in self.rows.iter().filter(|row| row.name.contains(&self.only)) {
            self.print_row(row);
        }
    }

    fn limits(&self) -> impl Iterator<Item = (&'static str, &Row<'a>)> {
        self.rows.iter().filter_map(|row| Some((row.limit?, row)))
    }

    /// The median over the rounds of what another row took of the time of this one; nothing where one of them did not run.
    fn ratio(other: &Row<'_>, own: &Row<'_>) -> Option<f64> {
        let ratios: Vec<f64> = other.seconds.iter().zip(&own.seconds).map(|(other, own)| other / own).collect();
        (!ratios.is_empty()).then(|| median(ratios))
    }

    fn print_row(&self, row: &Row<'_>) {
        let seconds = median(row.seconds.clone());
        let best = row.seconds.iter().copied().fold(f64::INFINITY, f64::min) * 1e3;
        let shown = |other| Self::ratio(other, row).map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        let ratio = shown(&self.rows[row.base]);
        let of_limits = self.limits().map(|(_, limit)| if row.limit.is_none() { shown(limit) } else { "-".to_owned() });
        let of_limits = columns(of_limits);
        let rate = to_f64(self.samples as u64) / seconds;
        let gigabytes = to_f64(self.bytes) / seconds / 1e9;
        let aim = row.aim.map(|aim| format!("{aim:.1}")).unwrap_or_default();
        let name = &row.name;
        println!(
            "  {name:<52} {best:>9.2} {:>10.2} {rate:>12.0} {gigabytes:>8.2} {ratio:>8} {aim:>6}{of_limits}",
            seconds * 1e3
        );
    }
}

/// The texts, each with the room that a number has.
fn columns(texts: impl Iterator<Item = String>) -> String {
    texts.fold(String::new(), |mut all, text| {
        let _ = write!(all, " {text:>9}");
        all
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { f64::midpoint(values[half - 1], values[half]) }
}

#[expect(clippy::cast_precision_loss, reason = "counts to be printed with a few digits")]
fn to_f64(count: u64) -> f64 {
    count as f64
}
