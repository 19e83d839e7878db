//! The content identifier of a record, as the network and `atdata::cid` have it.
//!
//! Not that of atdata: a program for records does not need a library for samples.

use multihash::Multihash;
use serde_json::Value;
use sha2::{Digest, Sha256};

const DAG_CBOR: u64 = 0x71;
const SHA2_256: u64 = 0x12;

/// The CID of a record's DAG-CBOR; `Err` says why it has none.
pub(crate) fn of(record: &Value) -> Result<String, String> {
    let bytes = serde_ipld_dagcbor::to_vec(record).map_err(|error| format!("the record has no CID: {error}"))?;
    // The digest has room: 32 of 64 bytes.
    let hash = Multihash::<64>::wrap(SHA2_256, &Sha256::digest(bytes)).map_err(|error| error.to_string())?;
    Ok(::cid::Cid::new_v1(DAG_CBOR, hash).to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn cids_are_those_of_python() {
        assert_eq!(super::of(&json!({})).unwrap(), "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua");
        let record = json!({"b": 1, "a": 2, "aa": 3});
        assert_eq!(super::of(&record).unwrap(), "bafyreihikbjp4lwurexf3sv44sotvp23hra42a5sz3ebo5hfwoewzhqc7m");
    }
}
