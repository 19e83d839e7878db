// The file has to be there.
atdata::include_schema!("records/phot.json");

fn main() {}
