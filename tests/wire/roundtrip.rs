//! What is packed is what was given: every field type, batches, and shards.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use atdata::field::{Column, Cursor, Element};
use atdata::{Batch, DictBatch, DictSample, DynArray, PackField, Packable, Value};
use bytes::Bytes;
use half::f16;
use ndarray::{Array, Array1, Array2, ArrayD, Axis, Dimension, Ix0, Ix1, Ix2, Ix3, IxDyn, RemoveAxis};
use num_complex::Complex;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use schemars::{JsonSchema, schema_for};

#[derive(Packable, Debug, Clone, PartialEq)]
struct Scalars {
    i8: i8,
    i16: i16,
    i32: i32,
    i64: i64,
    isize: isize,
    u8: u8,
    u16: u16,
    u32: u32,
    u64: u64,
    usize: usize,
    bool: bool,
    text: String,
    boxed: Box<str>,
    shared: std::sync::Arc<str>,
    bytes: Vec<u8>,
    handle: Bytes,
    four: [u8; 4],
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Floats {
    single: f32,
    double: f64,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Containers {
    list: Vec<i64>,
    texts: Vec<String>,
    blobs: Vec<Bytes>,
    nested: Vec<Vec<bool>>,
    maybe: Option<String>,
    maybes: Vec<Option<u16>>,
    three: [i16; 3],
    map: BTreeMap<String, i64>,
    hash: HashMap<String, Vec<u8>>,
    boxed: Box<i64>,
    inner: Inner,
    inners: Vec<Inner>,
    tree: Option<Box<Inner>>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Standard {
    letter: char,
    length: Duration,
    same: (i32, i32),
    mixed: (String, Option<u8>, Vec<u8>),
    set: BTreeSet<i64>,
    hashed: HashSet<String>,
    tuples: BTreeMap<String, (bool, char)>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Inner {
    name: String,
    count: Option<u32>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Anything {
    value: Value,
    dict: DictSample,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Arrays {
    matrix: Array2<f32>,
    any_rank: ArrayD<i64>,
    #[packable(ragged)]
    ragged: Array1<u8>,
    any: DynArray,
    maybe: Option<Array1<f64>>,
    id: u32,
}

/// As JSON it is what the JSON Schema of its type says.
#[track_caller]
fn is_valid_json<S: Packable + JsonSchema>(sample: &S) {
    let schema = schema_for!(S).to_value();
    let json = serde_json::to_value(atdata::serde::row(sample)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    if let Err(error) = validator.validate(&json) {
        panic!("{error} at {} of {json}\n{schema:#}", error.instance_path());
    }
}

/// Packs, unpacks and packs again; the bytes say more than `PartialEq`, to which no NaN is equal.
#[track_caller]
fn packs_the_same<S: Packable>(sample: &S) -> S {
    let packed = sample.try_pack().unwrap();
    let back = S::unpack(&packed).unwrap();
    assert_eq!(back.pack(), packed);
    let dict: DictSample =
        DictSample::unpack(&packed).unwrap().iter().map(|(key, value)| (key, value.clone())).collect();
    assert_eq!(dict.pack(), packed);
    back
}

/// The same, for types to whose values equality means something.
#[track_caller]
fn round_trips<S: Packable + JsonSchema + PartialEq + std::fmt::Debug>(sample: &S) {
    assert_eq!(packs_the_same(sample), *sample);
    is_valid_json(sample);
}

fn scalars() -> impl Strategy<Value = Scalars> {
    let ints = (any::<[i8; 1]>(), any::<i16>(), any::<i32>(), any::<i64>(), any::<isize>());
    let unsigned = (any::<u8>(), any::<u16>(), any::<u32>(), any::<u64>(), any::<usize>());
    // Long enough for each of msgpack's headers but the last.
    let others = (any::<bool>(), ".{0,40}", vec(any::<u8>(), 0..300), any::<[u8; 4]>());
    (ints, unsigned, others).prop_map(|((i8, i16, i32, i64, isize), (u8, u16, u32, u64, usize), others)| {
        let (bool, text, bytes, four) = others;
        let (boxed, shared, handle) = (text.as_str().into(), text.as_str().into(), bytes.clone().into());
        let [i8] = i8;
        Scalars { i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, bool, text, boxed, shared, bytes, handle, four }
    })
}

/// Small numbers and those at the borders of msgpack's integer forms, more often than chance has them.
fn int() -> impl Strategy<Value = i64> {
    let border = (0_u32..64, -2_i64..2).prop_map(|(bit, by)| (1_i64.wrapping_shl(bit)).wrapping_add(by));
    prop_oneof![any::<i64>(), border.clone(), border.prop_map(i64::wrapping_neg)]
}

fn inner() -> impl Strategy<Value = Inner> {
    (".{0,8}", any::<Option<u32>>()).prop_map(|(name, count)| Inner { name, count })
}

fn containers() -> impl Strategy<Value = Containers> {
    let lists = (
        vec(int(), 0..20),
        vec(".{0,5}", 0..18),
        vec(vec(any::<u8>(), 0..4), 0..4),
        vec(vec(any::<bool>(), 0..3), 0..4),
    );
    let maps = (btree_map(".{0,4}", int(), 0..18), btree_map(".{0,4}", vec(any::<u8>(), 0..4), 0..4));
    let options = (any::<Option<String>>(), vec(any::<Option<u16>>(), 0..5), any::<[i16; 3]>());
    let inners = (inner(), vec(inner(), 0..4), proptest::option::of(inner()));
    (lists, maps, options, inners).prop_map(|(lists, (map, hash), (maybe, maybes, three), (inner, inners, tree))| {
        let (list, texts, blobs, nested) = lists;
        let blobs = blobs.into_iter().map(Bytes::from).collect();
        let (hash, boxed, tree) = (hash.into_iter().collect(), Box::new(three[0].into()), tree.map(Box::new));
        Containers { list, texts, blobs, nested, maybe, maybes, three, map, hash, boxed, inner, inners, tree }
    })
}

fn standard() -> impl Strategy<Value = Standard> {
    let plain = (any::<char>(), any::<u64>(), any::<(i32, i32)>(), any::<(String, Option<u8>, Vec<u8>)>());
    let many = (vec(int(), 0..20), vec(".{0,5}", 0..18), btree_map(".{0,4}", any::<(bool, char)>(), 0..4));
    (plain, many).prop_map(|((letter, nanos, same, mixed), (set, hashed, tuples))| {
        let (set, hashed) = (set.into_iter().collect(), hashed.into_iter().collect());
        Standard { letter, length: Duration::from_nanos(nanos), same, mixed, set, hashed, tuples }
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::from),
        int().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        vec(any::<u8>(), 0..300).prop_map(|bytes| Value::from(Bytes::from(bytes))),
    ];
    leaf.prop_recursive(4, 64, 18, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..18).prop_map(Value::from),
            btree_map(".{0,4}", inner, 0..18).prop_map(|map| Value::Map(map.into_iter().collect())),
        ]
    })
}

fn dict() -> impl Strategy<Value = DictSample> {
    btree_map(".{0,6}", value(), 0..6).prop_map(|fields| fields.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn scalars_round_trip(sample in scalars()) {
        round_trips(&sample);
    }

    #[test]
    fn integers_at_the_borders_of_their_forms_round_trip(n in int()) {
        let sample = DictSample::from_iter([("n", n)]);
        round_trips(&sample);
        let mut packed = Vec::new();
        n.write(&mut packed);
        prop_assert_eq!(i64::read(&mut Cursor::new(&packed)).unwrap(), n);
    }

    #[test]
    fn floats_keep_their_bits(single in any::<u32>(), double in any::<u64>()) {
        let sample = Floats { single: f32::from_bits(single), double: f64::from_bits(double) };
        let back = packs_the_same(&sample);
        prop_assert_eq!(back.double.to_bits(), double);
        // A single travels as a double, and conversion quiets a signalling NaN.
        let quiet = if sample.single.is_nan() { 1 << 22 } else { 0 };
        prop_assert_eq!(back.single.to_bits(), single | quiet);
    }

    #[test]
    fn containers_round_trip(sample in containers()) {
        round_trips(&sample);
    }

    #[test]
    fn types_of_the_standard_library_round_trip(sample in standard()) {
        round_trips(&sample);
    }

    #[test]
    fn values_go_through_serde_and_back(dict in dict(), sample in containers(), words in vec(any::<u64>(), 0..9)) {
        let mut dict = dict;
        dict.insert("array", DynArray::from_array(&Array1::from_vec(words)));
        dict.insert("infinite", f64::NEG_INFINITY);
        let json = serde_json::to_value(&dict).unwrap();
        prop_assert_eq!(serde_json::from_value::<DictSample>(json).unwrap().pack(), dict.pack());
        let read = atdata::serde::from_slice::<DictSample>(&dict.pack()).unwrap();
        prop_assert_eq!(read.pack(), dict.pack());
        let json = serde_json::to_value(atdata::serde::row(&sample)).unwrap();
        prop_assert_eq!(atdata::serde::sample::deserialize::<Containers, _>(json).unwrap(), sample);
    }

    #[test]
    fn values_of_any_type_round_trip(value in value(), dict in dict()) {
        packs_the_same(&Anything { value, dict });
    }

    #[test]
    fn samples_without_a_type_round_trip_and_batch(dicts in vec(dict(), 0..5)) {
        for dict in &dicts {
            packs_the_same(dict);
        }
        let batch = DictBatch::from_samples(dicts.clone()).unwrap();
        prop_assert_eq!(batch.len(), dicts.len());
        prop_assert_eq!(batch.to_samples().iter().map(Packable::pack).collect::<Vec<_>>(), dicts.iter().map(Packable::pack).collect::<Vec<_>>());
    }

    #[test]
    fn batches_of_plain_fields_are_columns(samples in vec(scalars(), 0..6)) {
        let batch = ScalarsBatch::from_samples(samples.clone()).unwrap();
        prop_assert_eq!(&batch.text, &samples.iter().map(|sample| sample.text.clone()).collect::<Vec<_>>());
        prop_assert_eq!(&batch.u64, &samples.iter().map(|sample| sample.u64).collect::<Vec<_>>());
        prop_assert_eq!(batch.to_samples(), samples);
    }

    #[test]
    fn arrays_batch_as_they_stack(rows in 1_usize..5, shape in [0_usize..4, 0..4], words in vec(any::<u64>(), 64)) {
        let sample = |row: usize| Arrays {
            matrix: array::<f32, Ix2>(&shape, &words[row..]),
            any_rank: array::<i64, IxDyn>(&shape, &words[row + 1..]),
            ragged: array::<u8, Ix1>(&[row], &words),
            any: DynArray::from_array(&array::<u16, Ix2>(&shape, &words[row..])),
            maybe: row.is_multiple_of(2).then(|| array::<f64, Ix1>(&shape[..1], &words)),
            id: u32::try_from(row).unwrap(),
        };
        let samples: Vec<_> = (0..rows).map(sample).collect();
        let packed: Vec<_> = samples.iter().map(packs_the_same).map(|sample| sample.pack()).collect();
        let batch = ArraysBatch::from_samples(samples.clone()).unwrap();
        let mut builder = <Arrays as Packable>::Builder::with_capacity(rows);
        for packed in &packed {
            builder.read(&mut Cursor::new(packed)).unwrap();
        }
        for batch in [batch, builder.finish().unwrap()] {
            let views: Vec<_> = samples.iter().map(|sample| sample.matrix.view()).collect();
            prop_assert!(same(&batch.matrix, &ndarray::stack(Axis(0), &views).unwrap()));
            let views: Vec<_> = samples.iter().map(|sample| sample.any_rank.view()).collect();
            prop_assert!(same(&batch.any_rank, &ndarray::stack(Axis(0), &views).unwrap()));
            prop_assert_eq!(batch.any.shape(), [&[rows], &shape[..]].concat());
            prop_assert_eq!(batch.ragged.len(), rows);
            prop_assert_eq!(batch.to_samples().iter().map(Packable::pack).collect::<Vec<_>>(), packed.clone());
        }
    }
}

/// An element of any bits.
trait Draw: Element {
    fn draw(bits: u64) -> Self;
}

macro_rules! draw {
    ($($t:ty = |$bits:ident| $value:expr;)+) => {
        $(impl Draw for $t {
            #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
            fn draw($bits: u64) -> Self {
                $value
            }
        })+

        /// Every dtype, of every rank.
        fn every_array(sizes: &[usize], words: &[u64]) {
            $(every_rank::<$t>(sizes, words);)+
        }
    };
}
draw! {
    bool = |bits| bits.is_multiple_of(2);
    i8 = |bits| bits as i8;
    i16 = |bits| bits as i16;
    i32 = |bits| bits as i32;
    i64 = |bits| bits as i64;
    u8 = |bits| bits as u8;
    u16 = |bits| bits as u16;
    u32 = |bits| bits as u32;
    u64 = |bits| bits;
    f16 = |bits| f16::from_bits(bits as u16);
    f32 = |bits| f32::from_bits(bits as u32);
    f64 = |bits| f64::from_bits(bits);
    Complex<f32> = |bits| Complex::new(f32::draw(bits), f32::draw(bits >> 32));
    Complex<f64> = |bits| Complex::new(f64::draw(bits), f64::draw(bits.rotate_left(17)));
}

fn array<T: Draw, D: Dimension>(shape: &[usize], words: &[u64]) -> Array<T, D> {
    let len = shape.iter().product();
    let data = words.iter().cycle().take(len).map(|&bits| T::draw(bits)).collect();
    ArrayD::from_shape_vec(shape, data).unwrap().into_dimensionality().unwrap()
}

/// Equal to the last bit, NaNs as well.
fn same<T: Element, D: Dimension>(left: &Array<T, D>, right: &Array<T, D>) -> bool {
    DynArray::from_array(left) == DynArray::from_array(right)
}

/// JSON has one NaN, so that the texts are compared.
fn goes_through_json<T: Element, D: Dimension>(array: &Array<T, D>) {
    let json = serde_json::to_value(DynArray::from_array(array)).unwrap();
    let back: DynArray = serde_json::from_value(json.clone()).unwrap();
    assert_eq!((back.dtype(), back.shape()), (Some(T::DTYPE), array.shape()));
    assert_eq!(serde_json::to_value(back).unwrap(), json);
}

fn every_rank<T: Draw>(sizes: &[usize], words: &[u64]) {
    array_round_trips::<T, Ix0>(&sizes[..0], words);
    array_round_trips::<T, Ix1>(&sizes[..1], words);
    array_round_trips::<T, Ix2>(&sizes[..2], words);
    array_round_trips::<T, Ix3>(&sizes[..3], words);
    for rank in 0..=sizes.len() {
        array_round_trips::<T, IxDyn>(&sizes[..rank], words);
    }
}

fn array_round_trips<T: Draw, D: Dimension>(shape: &[usize], words: &[u64])
where
    D::Larger: RemoveAxis,
{
    let rows: [Array<T, D>; 3] = [0, 1, 2].map(|row| array(shape, &words[row..]));
    let packed = rows.each_ref().map(|row| {
        let mut packed = Vec::new();
        row.write(&mut packed);
        let back = Array::<T, D>::read(&mut Cursor::new(&packed)).unwrap();
        assert!(same(&back, row), "{row:?}");
        assert_eq!(back.shape(), shape);
        packed
    });

    // The order in memory is not that of the wire: a transposed view of the transposed copy is the same array.
    let transposed = rows[0].t().as_standard_layout().into_owned().reversed_axes();
    let mut other = Vec::new();
    transposed.write(&mut other);
    assert_eq!(other, packed[0]);

    goes_through_json(&rows[0]);
    let any = DynArray::from_array(&rows[0]);
    assert_eq!(DynArray::from_bytes(&any.to_bytes()).unwrap(), any);
    assert_eq!((any.dtype(), any.shape()), (Some(T::DTYPE), shape));
    assert!(same(&any.to_array::<T, D>().unwrap(), &rows[0]));

    let mut column = <Array<T, D> as PackField>::Column::with_capacity(3);
    column.read(&mut Cursor::new(&packed[0])).unwrap();
    column.push(rows[1].clone()).unwrap();
    column.read(&mut Cursor::new(&packed[2])).unwrap();
    let stacked = column.finish().unwrap();
    let views: Vec<_> = rows.iter().map(|row| row.view()).collect();
    assert!(same(&stacked, &ndarray::stack(Axis(0), &views).unwrap()));
    for (index, row) in rows.iter().enumerate() {
        let back = <<Array<T, D> as PackField>::Column as Column>::row(&stacked, index).unwrap();
        assert!(same(&back, row));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn arrays_of_every_dtype_and_rank_round_trip(sizes in vec(0_usize..4, 5), words in vec(any::<u64>(), 7..80)) {
        every_array(&sizes, &words);
    }

    #[test]
    fn arrays_in_either_byte_order_are_the_same(words in vec(any::<u64>(), 0..20)) {
        let little = DynArray::from_array(&Array1::from_vec(words.clone()));
        let mut bytes = little.to_bytes();
        bytes[1] = b'>';
        for word in bytes[13..].chunks_exact_mut(8) {
            word.reverse();
        }
        let big = DynArray::from_bytes(&bytes).unwrap();
        prop_assert_eq!(&*big.typestr(), ">u8");
        prop_assert_eq!(big.to_array::<u64, Ix1>().unwrap().to_vec(), words);
        prop_assert_eq!(big.to_bytes(), bytes);
    }
}
