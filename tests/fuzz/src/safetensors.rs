//! Any bytes as a safetensors file.

use atdata::format::Safetensors;

/// See the module.
pub fn run(data: &[u8]) {
    let Ok(file) = Safetensors::from_bytes(data.to_vec()) else { return };
    let Ok(names) = file.names() else { return };
    for name in &names {
        let _ = file.tensor(name);
    }
    let _ = file.notes();
    let Ok(tensors) = file.tensors() else { return };
    let again = Safetensors::from_tensors(tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)));
    // What the format has no place for, such as a dtype of another byte order, is refused.
    if let Ok(again) = again {
        assert_eq!(again.tensors().expect("what was written is read"), tensors);
    }
}
