//! Any text as a shard pattern: no panic, no endless list, and a way back from the list to a pattern.

use atdata::source::{collapse, expand, expand_stored};

/// See the module.
pub fn run(pattern: &str) {
    if let Ok(shards) = expand(pattern) {
        assert!(!shards.is_empty() && shards.len() <= 1_000_000);
        if shards.len() <= 1000 {
            let collapsed = collapse(&shards).unwrap();
            assert_eq!(expand(&collapsed).unwrap(), shards, "{collapsed:?}");
        }
    }
    let _ = expand_stored(pattern);
}
