// Paths are literals.
const PATH: &str = "records/photo.json";

atdata::include_schema!(PATH);

atdata::include_schema!();

fn main() {}
