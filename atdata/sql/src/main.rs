//! The program `atdata-sql`: asks datasets in SQL.
//!
//! Exit codes: 0 all is well, 1 something could not be read or found, 2 the command line or the query is wrong.

mod args;
mod output;

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use atdata::index::Index;
use atdata::source::Schemes;
use atdata::{Error, ErrorKind, LoadOptions};
use atdata_sql::datafusion::error::DataFusionError;
use atdata_sql::datafusion::execution::SendableRecordBatchStream;
use atdata_sql::{DatasetTable, context};
use clap::Parser;

use crate::args::{Cli, Format};
use crate::output::Written;

/// A query may nest as deep as its parser allows.
const STACK: usize = 32 << 20;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let program = std::thread::Builder::new().stack_size(STACK).spawn(move || run(&cli));
    // A thread that panicked has said why.
    program.map_or(ExitCode::FAILURE, |program| program.join().unwrap_or(ExitCode::FAILURE))
}

fn run(cli: &Cli) -> ExitCode {
    if let Err(message) = cli.check() {
        eprintln!("error: {message}");
        return ExitCode::from(2);
    }
    match answer(cli) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", told(&error));
            ExitCode::from(if is_of_query(&error) { 2 } else { 1 })
        }
    }
}

/// What went wrong, with what of atdata it was.
fn told(error: &DataFusionError) -> String {
    match error {
        DataFusionError::Context(context, inner) => format!("{context}: {}", told(inner)),
        DataFusionError::Shared(inner) => told(inner),
        _ => match atdata_error(error) {
            Some(error) => format!("{error:#}"),
            None => error.strip_backtrace(),
        },
    }
}

fn atdata_error(error: &DataFusionError) -> Option<&Error> {
    match error.find_root() {
        DataFusionError::External(inner) => inner.downcast_ref(),
        _ => None,
    }
}

fn is_of_query(error: &DataFusionError) -> bool {
    match error.find_root() {
        DataFusionError::SQL(..) | DataFusionError::Plan(_) | DataFusionError::SchemaError(..) => true,
        DataFusionError::External(_) => {
            atdata_error(error).is_some_and(|error| error.kind() == ErrorKind::InvalidInput)
        }
        _ => false,
    }
}

fn is_broken_pipe(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::IoError(error) if error.kind() == io::ErrorKind::BrokenPipe)
}

fn external(error: Error) -> DataFusionError {
    DataFusionError::External(error.into())
}

fn answer(cli: &Cli) -> Result<(), DataFusionError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build()?;
    let options = options(cli).map_err(external)?;
    let context = context(options.clone());
    for (name, reference) in &cli.tables {
        let table = options.load_all(reference).and_then(DatasetTable::untyped);
        let table = table.map_err(|error| external(error).context(format!("--table {name}={reference}")))?;
        context.register_table(name.as_str(), Arc::new(table))?;
    }
    let sql = if cli.explain { format!("EXPLAIN {}", cli.query) } else { cli.query.clone() };
    let stream = runtime.block_on(async { context.sql(&sql).await?.execute_stream().await })?;
    write(cli, &runtime, stream)
}

/// What the command line says of indexes, and of whom to trust.
fn options(cli: &Cli) -> atdata::Result<LoadOptions> {
    let mut options = LoadOptions::new();
    if let Some(url) = &cli.index {
        options = options.index(&Index::builder().provider_at(url)?.read_only().build()?);
    }
    let mut schemes = Schemes::of_records();
    if cli.allow_files {
        schemes = schemes.with_files();
    }
    if cli.allow_local {
        schemes = schemes.with_http().with_private_hosts();
    }
    Ok(if cli.allow_files || cli.allow_local { options.schemes(schemes) } else { options })
}

fn write(
    cli: &Cli,
    runtime: &tokio::runtime::Runtime,
    stream: SendableRecordBatchStream,
) -> Result<(), DataFusionError> {
    let written = Written { runtime, stream, format: cli.format() };
    match &cli.output {
        None => written.to(&mut io::BufWriter::new(io::stdout())),
        Some(path) => atdata_sql::whole_file(Path::new(path), |file| written.to(file)),
    }
}

impl Cli {
    /// What the arguments ask for that cannot be.
    fn check(&self) -> Result<(), &'static str> {
        if self.format() == Format::Parquet && self.output.is_none() && io::stdout().is_terminal() {
            return Err("a file of Parquet is not written to a terminal: say which file by `-o FILE`");
        }
        Ok(())
    }
}
