//! Any bytes as the npz file of a sparse matrix.

use atdata::format::Sparse;

/// See the module.
pub fn run(data: &[u8]) {
    let Ok(file) = Sparse::from_bytes(data.to_vec()) else { return };
    let Ok(matrix) = file.decode() else { return };
    let mut values = 0;
    // Of one dtype out of fourteen, which is enough to walk through the indices.
    let _ = matrix.for_each(|index, _: f32| {
        assert!(index.iter().zip(matrix.shape()).all(|(index, size)| index < size));
        values += 1;
    });
    assert!(values <= matrix.values().len());
    // What scipy's npz has no place for, such as structured values, is refused.
    if let Ok(again) = Sparse::encode(&matrix) {
        assert_eq!(again.decode().expect("what was written is read"), matrix);
    }
}
