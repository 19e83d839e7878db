//! Arguments of `atdata sql`.

use std::ffi::OsString;

use clap::Args;

/// All are those of `atdata-sql`.
#[derive(Debug, Args)]
pub(crate) struct SqlArgs {
    /// What atdata-sql is given: the query and options; --help tells them
    #[arg(value_name = "ARGUMENTS", trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) arguments: Vec<OsString>,
}
