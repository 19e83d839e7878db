//! Makes the environment of the tests that run Python ahead of them, and says why if it cannot.

use std::process::ExitCode;

fn main() -> ExitCode {
    match atdata_tests::python::environment() {
        Ok(_) => ExitCode::SUCCESS,
        Err(reason) => {
            println!("{reason}");
            ExitCode::FAILURE
        }
    }
}
