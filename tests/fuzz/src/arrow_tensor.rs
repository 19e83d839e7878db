//! Any bytes behind the marker of an Arrow IPC message.

use atdata::format::ArrowTensor;

/// See the module.
pub fn run(data: &[u8]) {
    let mut bytes = vec![0xff; 4];
    bytes.extend_from_slice(data);
    let Ok(tensor) = ArrowTensor::from_bytes(bytes) else { return };
    let Ok(array) = tensor.to_array() else { return };
    assert!(array.data().len() <= tensor.as_bytes().len());
    assert_eq!(tensor.shape().expect("it was decoded"), array.shape());
    let names = tensor.dim_names().expect("it was decoded");
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let again = ArrowTensor::named(&array, &names).expect("it has the same dtype");
    assert_eq!(again.to_array().expect("what was written is read"), array);
    assert_eq!(again.dim_names().expect("what was written is read"), names);
}
