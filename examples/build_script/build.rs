//! Writes the types of all records under `schemas/published`.

fn main() {
    if let Err(error) = atdata_codegen::compile(["schemas/published"]) {
        eprintln!("{error}");
        std::process::exit(1);
    }
}
