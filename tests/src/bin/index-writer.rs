//! Writes datasets into an index until it is done or killed: `index-writer URL STORE NAME COUNT`, where STORE is a folder,
//! or `-` to add entries alone. Prints the name of each dataset that is stored.

use std::io::Write;

use atdata::index::{Entry, Index, InsertOptions};
use atdata::store::LocalStore;
use atdata::{Packable, Result};

#[derive(Packable)]
struct Sample {
    number: u64,
    payload: Vec<u8>,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, store, name, count] = arguments.as_slice() else {
        panic!("expected URL STORE NAME COUNT, found {arguments:?}");
    };
    let builder = Index::builder().provider_at(url)?;
    let index = if store == "-" { builder } else { builder.store(LocalStore::new(store)) }.build()?;
    let count: u64 =
        count.parse().unwrap_or_else(|error| panic!("expected a number of datasets, found {count}: {error}"));
    for number in 0..count {
        let name = format!("{name}-{number}");
        if store == "-" {
            let url = format!("/data/{name}.tar");
            index.add(Entry::new(&name, "atdata://local/schema/Sample@1.0.0", [url])?)?;
        } else {
            let samples = (0..20).map(|number| Sample { number, payload: vec![7; 10_000] });
            index.write_samples_with(&name, samples, &InsertOptions::new().max_count(8))?;
        }
        // The other end may be gone, which is no reason to stop.
        let _ = writeln!(std::io::stdout(), "{name}").and_then(|()| std::io::stdout().flush());
    }
    Ok(())
}
