//! Any bytes as the header of a manifest: no panic, and what is written of what was read is the same again.

use atdata::manifest::ManifestHeader;

pub fn run(data: &[u8]) {
    let Ok(header) = ManifestHeader::from_json(data) else { return };
    let written = header.to_json();
    assert!(serde_json::from_str::<serde_json::Value>(&written).is_ok(), "{written}");
    assert_eq!(ManifestHeader::from_json(written.as_bytes()).unwrap(), header);
}
