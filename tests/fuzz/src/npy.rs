//! Any bytes behind the magic of an `.npy` file.

use atdata::DynArray;

/// See the module.
pub fn run(data: &[u8]) {
    let mut bytes = b"\x93NUMPY".to_vec();
    bytes.extend_from_slice(data);
    let Ok(array) = DynArray::from_bytes(&bytes) else { return };
    assert_eq!(array.data().len(), array.len() * array.item_size());
    let again = DynArray::from_bytes(&array.to_bytes()).expect("what was written is read");
    assert_eq!((again.typestr(), again.shape(), again.data()), (array.typestr(), array.shape(), array.data()));
}
