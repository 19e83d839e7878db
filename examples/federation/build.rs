//! Makes the types of `read` from the schemas that were added: those of `ATDATA_SCHEMAS`, or the ones beside this file.

fn main() -> Result<(), atdata_codegen::Error> {
    println!("cargo::rerun-if-env-changed=ATDATA_SCHEMAS");
    let schemas = std::env::var("ATDATA_SCHEMAS").unwrap_or_else(|_| "schemas/published".to_owned());
    atdata_codegen::compile([schemas])
}
