//! Any text as a record of somebody else's account: no panic, what is read is written so that it is read again, and what
//! is refused to be sent says why without what a terminal would obey.

use std::fmt::Debug;

use atdata::atmosphere::record::{EntryMetadata, EntryRecord, LabelRecord, LensVerification, PublishedLens, Record};
use atdata::cid::Cid;
use serde_json::Value;

/// See the module.
pub fn run(json: &str) {
    let _ = EntryMetadata::from_msgpack(json.as_bytes());
    let Ok(value) = serde_json::from_str::<Value>(json) else { return };
    read(&value, EntryRecord::to_json);
    read(&value, LabelRecord::to_json);
    read(&value, PublishedLens::to_json);
    read(&value, LensVerification::to_json);
    if let Ok(cid) = Cid::of_record(&value) {
        assert_eq!(cid.to_string().parse::<Cid>().expect("what was written is read"), cid);
    }
}

fn read<R: Record + PartialEq + Debug>(value: &Value, to_json: impl Fn(&R) -> Value) {
    let Ok(record) = R::from_json(value) else { return };
    assert_eq!(R::from_json(&to_json(&record)).expect("what was written is read"), record);
    match record.to_atproto() {
        Ok(sent) => drop(R::from_json(&sent).expect("what is sent is read")),
        Err(error) => {
            let is_odd = |char: char| char.is_control() && char != '\n';
            assert!(!error.to_string().contains(is_odd), "{error:?}");
        }
    }
}
