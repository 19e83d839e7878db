// All that is wrong with the records, at their paths.
atdata::include_schema!("records/photo.json", "records/include_wrong.json");

fn main() {}
