//! Any bytes as an array: no panic, and what is read can be read again.

use atdata::DynArray;
use ndarray::IxDyn;

/// See the module.
pub fn run(data: &[u8]) {
    let looks = DynArray::is_array(data);
    let Ok(array) = DynArray::from_bytes(data) else { return };
    let bytes = array.to_bytes();
    assert!(DynArray::is_array(&bytes) || !looks || bytes.first() > Some(&32));
    let again = DynArray::from_bytes(&bytes).expect("what was written is read");
    assert_eq!((again.typestr(), again.shape(), again.data()), (array.typestr(), array.shape(), array.data()));
    let _ = array.to_array::<f32, IxDyn>();
    let _ = array.cast_array::<i16, IxDyn>();
    let _ = array.to_array::<bool, ndarray::Ix2>();
    match DynArray::stack([&array, &array]) {
        Ok(stacked) => assert_eq!(stacked.shape().len(), array.shape().len() + 1),
        // Two arrays without elements may still have a shape that no memory holds.
        Err(error) => assert!(array.is_empty(), "{error}"),
    }
}
