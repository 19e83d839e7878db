//! Columns of batches, read from real shards, as tensors.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::float_cmp, reason = "these are tests")]

use atdata::half::f16;
use atdata::ndarray::{Array1, Array2, Array3, ArrayD, Axis, array, s};
use atdata::num_complex::Complex;
use atdata::{Batch as _, Dataset, DictSample, DynArray, ErrorKind, Packable};
use atdata_candle::{IntoTensor, TensorError, dtype, tensor, tensors};
use candle_core::{CpuStorage, DType, Device, Storage, Tensor, WithDType};

const CPU: Device = Device::Cpu;

/// One field of each dtype that candle has, and of those that it has not.
#[derive(Packable, Clone)]
struct Sample {
    bools: Array1<bool>,
    bytes: Array3<u8>,
    words: Array2<u32>,
    shorts: Array1<i16>,
    ints: Array1<i32>,
    longs: Array1<i64>,
    halves: Array1<f16>,
    floats: Array2<f32>,
    doubles: ArrayD<f64>,
    dynamic: DynArray,
    #[packable(pad)]
    tokens: Vec<i64>,
    #[packable(cast)]
    depth: Array1<f32>,
    number: i64,
    weight: f64,
    is_dog: bool,
    signed: Array1<i8>,
    unsigned: Array1<u16>,
    large: Array1<u64>,
    waves: Array1<Complex<f32>>,
    wide: Array1<Complex<f64>>,
}

fn sample(i: u8) -> Sample {
    let n = i64::from(i);
    Sample {
        bools: array![i.is_multiple_of(2), true],
        bytes: Array3::from_elem((2, 3, 4), i),
        words: Array2::from_elem((1, 2), 4_000_000_000 + u32::from(i)),
        shorts: array![-i16::from(i)],
        ints: array![-i32::from(i), 7],
        longs: array![-n << 40],
        halves: array![f16::from_f32(f32::from(i) / 2.0)],
        floats: array![[f32::from(i), 0.5]],
        doubles: ArrayD::from_elem(vec![1, 1, 2, 1, 1, 1], f64::from(i)),
        dynamic: DynArray::from_array(&array![[i16::from(i), 1]]),
        tokens: vec![n; usize::from(i % 3) + 1],
        depth: array![f32::from(i)],
        number: n,
        weight: f64::from(i) / 4.0,
        is_dog: i % 2 == 1,
        signed: array![-1],
        unsigned: array![u16::from(i)],
        large: array![u64::from(i)],
        waves: array![Complex::new(1.0, 2.0)],
        wide: array![Complex::new(1.0, 2.0)],
    }
}

fn batch() -> SampleBatch {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("samples.tar");
    Dataset::write(&path, (0..6).map(sample)).unwrap();
    let samples = Dataset::<Sample>::open(&path).unwrap();
    let mut steps = samples.plan().order(atdata::order::Order::Stored).batch(6).load().unwrap();
    steps.next().unwrap().unwrap().batch
}

fn flat<T: WithDType>(tensor: &Tensor) -> Vec<T> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn each_dtype_of_candle_keeps_shape_and_values() {
    let all = batch();
    let check = |tensor: &Tensor, shape: &[usize], dtype: DType| {
        assert_eq!((tensor.dims(), tensor.dtype()), (shape, dtype));
        assert!(tensor.is_contiguous());
    };
    let b = all.clone();
    let (bools, bytes, words, shorts, ints) = tensors!(b, &CPU; bools, bytes, words, shorts, ints).unwrap();
    check(&bools, &[6, 2], DType::U8);
    assert_eq!(flat::<u8>(&bools), [1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1]);
    check(&bytes, &[6, 2, 3, 4], DType::U8);
    assert_eq!(flat::<u8>(&bytes), (0..6).flat_map(|i| [i; 24]).collect::<Vec<u8>>());
    check(&words, &[6, 1, 2], DType::U32);
    assert_eq!(flat::<u32>(&words)[..3], [4_000_000_000, 4_000_000_000, 4_000_000_001]);
    check(&shorts, &[6, 1], DType::I16);
    assert_eq!(flat::<i16>(&shorts), [0, -1, -2, -3, -4, -5]);
    check(&ints, &[6, 2], DType::I32);
    assert_eq!(flat::<i32>(&ints)[4..6], [-2, 7]);
    let b = all.clone();
    let (longs, halves, floats, doubles) = tensors!(b, &CPU; longs, halves, floats, doubles).unwrap();
    check(&longs, &[6, 1], DType::I64);
    assert_eq!(flat::<i64>(&longs)[5], -5 << 40);
    check(&halves, &[6, 1], DType::F16);
    assert_eq!(flat::<f16>(&halves)[3], f16::from_f32(1.5));
    check(&floats, &[6, 1, 2], DType::F32);
    assert_eq!(flat::<f32>(&floats)[2..4], [1.0, 0.5]);
    check(&doubles, &[6, 1, 1, 2, 1, 1, 1], DType::F64);
    let mask = all.tokens.mask();
    let (dynamic, tokens, depth, number, weight, is_dog) =
        tensors!(all, &CPU; dynamic, tokens, depth, number, weight, is_dog).unwrap();
    check(&dynamic, &[6, 1, 2], DType::I16);
    assert_eq!(flat::<i16>(&dynamic)[..4], [0, 1, 1, 1]);
    check(&tokens, &[6, 3], DType::I64);
    assert_eq!(flat::<i64>(&tokens)[..9], [0, 0, 0, 1, 1, 0, 2, 2, 2]);
    let mask = tensor("mask", mask, &CPU).unwrap();
    check(&mask, &[6, 3], DType::U8);
    assert_eq!(flat::<u8>(&mask)[..6], [1, 0, 0, 1, 1, 0]);
    check(&depth, &[6, 1], DType::F32);
    check(&number, &[6], DType::I64);
    check(&weight, &[6], DType::F64);
    assert_eq!(flat::<f64>(&weight)[3], 0.75);
    check(&is_dog, &[6], DType::U8);
    assert_eq!(flat::<u8>(&is_dog), [0, 1, 0, 1, 0, 1]);
}

#[test]
fn a_dtype_that_candle_has_not_names_field_and_dtype() {
    fn told(field: &str, column: impl IntoTensor) -> String {
        let error = tensor(field, column, &CPU).unwrap_err();
        assert!(matches!(&error, TensorError::Dtype { .. }) && error.field() == field);
        error.to_string()
    }
    let all = batch();
    let takes = "it takes uint8, uint32, int16, int32, int64, float16, float32, float64, and bool as uint8: \
                 give the field one of these, and an array `#[packable(cast)]`";
    assert_eq!(told("signed", all.signed), format!("signed: candle has no int8; {takes}"));
    assert_eq!(told("unsigned", all.unsigned), format!("unsigned: candle has no uint16; {takes}"));
    assert_eq!(told("large", all.large), format!("large: candle has no uint64; {takes}"));
    assert_eq!(told("waves", all.waves), format!("waves: candle has no complex64; {takes}"));
    assert_eq!(told("wide", all.wide), format!("wide: candle has no complex128; {takes}"));
    assert_eq!(told("list", vec![1_u16]), format!("list: candle has no uint16; {takes}"));
    assert_eq!(told("any", DynArray::from_array(&array![1_i8])), format!("any: candle has no int8; {takes}"));
    let dates = b"\x07<M8[ns]\x01\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";
    if let Ok(dates) = DynArray::from_bytes(dates) {
        assert_eq!(told("dates", dates), format!("dates: candle has no <M8[ns]; {takes}"));
    }
    // As the errors of those who ask.
    let error = tensor("signed", array![1_i8], &CPU).unwrap_err();
    let text = error.to_string();
    let of_atdata = atdata::Error::from(tensor("signed", array![1_i8], &CPU).unwrap_err());
    assert_eq!(of_atdata.kind(), ErrorKind::Unsupported);
    let of_candle: candle_core::Error = error.into();
    assert!(of_candle.to_string().contains(&text), "{of_candle}");
}

/// All dtypes of atdata, so that a new one of either library is noticed.
#[test]
fn the_table_of_dtypes_is_what_candle_says() {
    for of in atdata::Dtype::ALL {
        let named = of.name().replace("uint", "u").replace("float", "f").replace("int", "i").replace("bool", "u8");
        assert_eq!(dtype(of), named.parse().ok(), "{of}");
        if let Some(found) = dtype(of) {
            assert_eq!(found.size_in_bytes(), of.size());
        }
    }
}

/// Where the elements of a tensor begin.
fn place(tensor: &Tensor) -> usize {
    let (storage, layout) = tensor.storage_and_layout();
    assert_eq!(layout.start_offset(), 0);
    match &*storage {
        Storage::Cpu(CpuStorage::F32(values)) => values.as_ptr().addr(),
        Storage::Cpu(CpuStorage::U8(values)) => values.as_ptr().addr(),
        Storage::Cpu(CpuStorage::F64(values)) => values.as_ptr().addr(),
        other => panic!("{:?}", other.dtype()),
    }
}

#[test]
fn memory_is_handed_over() {
    let all = batch();
    let (bytes, floats, bools) = (all.bytes.as_ptr().addr(), all.floats.as_ptr().addr(), all.bools.as_ptr().addr());
    let weight = all.weight.as_ptr().addr();
    let made = tensors!(all, &CPU; bytes, floats, bools, weight).unwrap();
    assert_eq!((place(&made.0), place(&made.1)), (bytes, floats));
    assert_eq!((place(&made.2), place(&made.3)), (bools, weight));
}

#[test]
fn parts_and_turned_arrays_are_in_the_order_of_c() {
    let array = array![[1_i64, 2, 3], [4, 5, 6], [7, 8, 9]];
    let turned = tensor("turned", array.clone().reversed_axes(), &CPU).unwrap();
    assert_eq!(turned.to_vec2::<i64>().unwrap(), [[1, 4, 7], [2, 5, 8], [3, 6, 9]]);
    let rows = tensor("rows", array.clone().slice_move(s![1..2, ..]), &CPU).unwrap();
    assert_eq!(rows.to_vec2::<i64>().unwrap(), [[4, 5, 6]]);
    let column = tensor("column", array.clone().index_axis_move(Axis(1), 1), &CPU).unwrap();
    assert_eq!(column.to_vec1::<i64>().unwrap(), [2, 5, 8]);
    let none = tensor("none", array.slice_move(s![3.., ..]), &CPU).unwrap();
    assert_eq!((none.dims(), none.elem_count()), (&[0, 3][..], 0));
    let one = tensor("one", atdata::ndarray::arr0(7_u8), &CPU).unwrap();
    assert_eq!(one.to_scalar::<u8>().unwrap(), 7);
    // Of a batch without rows.
    let empty = SampleBatch::from_samples([]).unwrap();
    let (bytes, number, dynamic) = tensors!(empty, &CPU; bytes, number, dynamic).unwrap();
    assert_eq!((bytes.dims()[0], number.dims(), dynamic.dims()), (0, &[0][..], &[0][..]));
}

#[test]
fn samples_without_a_type_are_stacked_first() {
    let samples = (0..4_i16).map(|i| DictSample::from_sample(&sample(u8::try_from(i).unwrap())).unwrap());
    let batch = atdata::DictBatch::from_samples(samples).unwrap();
    let floats = tensor("floats", batch.stack("floats").unwrap(), &CPU).unwrap();
    assert_eq!((floats.dims(), floats.dtype()), (&[4, 1, 2][..], DType::F32));
    let error = tensor("large", batch.stack("large").unwrap(), &CPU).unwrap_err();
    assert!(error.to_string().starts_with("large: candle has no uint64"), "{error}");
}
