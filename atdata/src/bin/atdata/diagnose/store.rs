//! What every store has to be able to do.

use std::io::Write as _;

use atdata::source::Shard;
use atdata::store::{Store, sha256_of};
use atdata::{ErrorKind, ReadOptions, Result};

use super::Check;
use crate::place::Place;

pub(super) fn check(url: &str, read_only: bool, checks: &mut Vec<Check>) {
    let place = match Place::parse(url) {
        Ok(place) => place,
        Err(error) => {
            checks.push(Check::failed("store", &error));
            return;
        }
    };
    let store = place.store();
    let name = super::own_name();
    if read_only {
        // That there is no such object is an answer; what else it says is wrong.
        checks.push(match read(store, &store.object_url(&name)) {
            Err(error) if error.kind() != ErrorKind::NotFound || !error.to_string().contains("NoSuchKey") => {
                Check::failed("reading", &error)
            }
            _ => Check::good("reading", store.url()),
        });
        return;
    }
    if let Err(error) = write(store, &name) {
        checks.push(Check::failed("writing", &error));
        return;
    }
    checks.push(Check::good("writing", store.url()));
    let url = store.object_url(&name);
    checks.push(match read(store, &url) {
        Ok(bytes) => Check::good("reading", format!("{bytes} bytes")),
        Err(error) => Check::failed("reading", &error),
    });
    checks.push(match store.remove(&url) {
        Ok(_) => Check::good("removing", "the object is gone"),
        Err(error) => Check::failed("removing", &error),
    });
}

fn write(store: &dyn Store, name: &str) -> Result<()> {
    let mut upload = store.create(name)?;
    upload.write_all(b"atdata diagnose")?;
    upload.sync()?;
    upload.commit()
}

fn read(store: &dyn Store, url: &str) -> Result<u64> {
    let options = store.read_options(ReadOptions::new());
    sha256_of(&Shard::from_url(url)?, &options, &mut |_| {}).map(|(_, bytes)| bytes)
}
