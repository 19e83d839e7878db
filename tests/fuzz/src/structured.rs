//! Any bytes as the npy file of a structured array.

use atdata::format::Structured;

/// See the module.
pub fn run(data: &[u8]) {
    let mut bytes = b"\x93NUMPY".to_vec();
    bytes.extend_from_slice(data);
    let Ok(records) = Structured::from_bytes(bytes) else { return };
    let (Ok(shape), Ok(fields)) = (records.shape(), records.fields()) else { return };
    for field in &fields {
        let Ok(array) = records.field(&field.name) else { continue };
        assert!(array.shape().starts_with(&shape), "{:?} of {shape:?}", array.shape());
    }
    if let Ok(array) = records.to_array() {
        assert_eq!(array.shape(), shape);
    }
}
