//! Any text as a reference or URL: no panic, no file of this machine where none is allowed, no control characters in
//! errors.

use atdata::index::{Index, Sqlite};
use atdata::schema::{LensReference, SchemaReference};
use atdata::source::{Schemes, Shard};
use atdata::{DictSample, LoadOptions};

/// See the module.
pub fn run(text: &str) {
    if let Ok(reference) = text.parse::<SchemaReference>() {
        assert_eq!(reference.as_str(), text);
        let current: SchemaReference = reference.current().parse().expect("what is written today is read");
        assert_eq!(current.target(), reference.target());
    }
    let _ = text.parse::<LensReference>();
    let _ = Shard::from_url(text);
    if let Ok(shard) = Schemes::of_records().with_http().shard(text) {
        assert!(shard.path().is_none() && shard.url() != "-", "{shard:?}");
    }
    look_up(text);
}

fn look_up(text: &str) {
    // Nobody else is asked.
    let index = Index::builder().provider(Sqlite::in_memory().expect("memory")).without_atmosphere();
    let index = index.build().expect("it has a provider");
    for reference in [text.to_owned(), format!("@{text}"), format!("atdata://{text}"), format!("at://{text}")] {
        let found = index.get(&reference).expect_err("it is empty");
        assert!(!found.to_string().contains(char::is_control), "{found:?}");
        if is_reference(&reference) {
            let error = LoadOptions::new().index(&index).load::<DictSample>(&reference).expect_err("it is empty");
            assert!(!error.to_string().contains(char::is_control), "{error:?}");
        }
    }
}

fn is_reference(text: &str) -> bool {
    text.starts_with('@') || text.starts_with("at://") || text.starts_with("atdata://")
}
