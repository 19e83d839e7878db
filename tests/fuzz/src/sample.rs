//! Any bytes as a sample, of a type and without one: no panic, and what is read packs to what reads the same.

use std::collections::BTreeMap;

use atdata::field::{Column, Cursor};
use atdata::{DictSample, DynArray, Packable, PackableRef, Value};
use bytes::Bytes;
use ndarray::{Array1, Array2, ArrayD};

#[derive(Packable, Debug, Clone, PartialEq)]
struct Inner {
    name: String,
    deeper: Vec<Inner>,
}

#[derive(Packable, Debug, Clone)]
#[packable(allow_unknown)]
struct Everything {
    text: Option<String>,
    int: i8,
    unsigned: u64,
    float: f32,
    flag: bool,
    bytes: Vec<u8>,
    shared: Bytes,
    list: Vec<Vec<f64>>,
    fixed: Option<[u16; 3]>,
    map: BTreeMap<String, i64>,
    #[packable(shape = [_, 2])]
    array: Array2<f32>,
    #[packable(cast)]
    cast: Option<ArrayD<u16>>,
    flags: Option<Array1<bool>>,
    any: Value,
    dynamic: Option<DynArray>,
    inner: Option<Inner>,
}

#[derive(Packable)]
#[packable(allow_unknown)]
#[allow(dead_code)] // It is the reading that counts.
struct Borrowed<'a> {
    text: Option<&'a str>,
    bytes: &'a [u8],
    array: atdata::ArrayRef<'a, f32>,
}

/// See the module.
pub fn run(data: &[u8]) {
    if let Ok(sample) = DictSample::unpack(data) {
        let packed = sample.pack();
        assert!(data.starts_with(&packed), "an unchanged sample packs to its own bytes");
        for (_, value) in &sample {
            if let Some(Ok(array)) = value.as_array() {
                assert_eq!(
                    DynArray::from_bytes(&array.to_bytes()).map(|again| again.shape().to_vec()).ok(),
                    Some(array.shape().to_vec())
                );
            }
        }
        let rebuilt: DictSample = sample.iter().map(|(name, value)| (name, value.clone())).collect();
        assert!(DictSample::unpack(&rebuilt.pack()).is_ok());
    }
    let typed = Everything::unpack(data);
    let mut builder = <Everything as Packable>::Builder::with_capacity(2);
    let column = builder.read(&mut Cursor::new(data));
    assert_eq!(typed.is_ok(), column.is_ok(), "a batch takes what a sample takes");
    if let (Err(a), Err(b)) = (&typed, &column) {
        assert_eq!(a.kind(), b.kind());
    }
    let rows = builder.finish().map(|batch| batch.len());
    assert_eq!(rows.ok(), Some(usize::from(typed.is_ok())));
    if let Ok(sample) = typed {
        let packed = sample.pack();
        assert_eq!(Everything::unpack(&packed).map(|again| again.pack()).ok(), Some(packed));
    }
    let _ = Borrowed::unpack_ref(data);
    let _ = Inner::unpack(data);
}
