//! Another process that writes into an index: `provider_writer URL PREFIX COUNT`.
//!
//! Registers `COUNT` datasets of names that begin with `PREFIX`, and sets the version `PREFIX` of a label that all
//! writers share.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test starts it, and looks at how it ends")]

use atdata::index::{Entry, Label};
use atdata_tests::provider::connect;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("URL PREFIX COUNT");
    let (url, prefix, count) = (next(), next(), next().parse::<usize>().expect("a number"));
    let provider = connect(&url).unwrap();
    for number in 0..count {
        let name = format!("{prefix}-{number}");
        let entry = Entry::new(&name, "atdata://local/schema/Sample@1.0.0", [format!("/data/{name}.tar")]).unwrap();
        provider.register(&entry, &Label::new(&name, &entry.cid)).unwrap();
        provider.put_label(&Label::new("shared", &entry.cid).with_version(&prefix)).unwrap();
    }
}
