//! The derive, seen from outside the crate.
#![allow(clippy::unwrap_used, clippy::struct_field_names, clippy::format_collect, missing_docs)]

use std::collections::BTreeMap;

use atdata::field::{Column, Cursor};
use atdata::{Dtype, DynArray, ErrorKind, FieldType, Lens, Packable, PackableRef, Value};
use ndarray::{Array1, Array2, Array3, Array4, ArrayD, array};

/// One labelled photograph.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(version = "1.2.0", rename_all = "camelCase")]
struct Photo {
    /// Pixels.
    #[packable(shape = [2, _, 3], dims = ["height", "width", "channel"])]
    image: Array3<u8>,
    the_label: String,
    confidence: f32,
    #[packable(rename = "class")]
    r#type: Option<i64>,
    #[packable(skip)]
    cache: Vec<u8>,
    #[packable(default = "en".to_owned())]
    language: String,
}

fn photo(n: u8) -> Photo {
    Photo {
        image: Array3::from_elem((2, 2, 3), n),
        the_label: format!("l{n}"),
        confidence: 0.5,
        r#type: (n > 1).then_some(n.into()),
        cache: Vec::new(),
        language: "de".into(),
    }
}

/**
 * A frame.
 *
 *   * indented
 */
#[derive(Packable, Debug)]
#[allow(clippy::doc_lazy_continuation, reason = "of a block that somebody has not aligned")]
struct Frame {
    /** One line. */
    one: i64,
    /** Not all
    * lines have
    stars. */
    two: i64,
}

#[test]
fn blocks_of_documentation_are_described_without_their_stars() {
    assert_eq!(Frame::SCHEMA.description, Some("A frame.\n\n  * indented"));
    let described = |name| Frame::SCHEMA.field(name).unwrap().description.unwrap();
    assert_eq!(described("one"), "One line.");
    assert!(described("two").contains("* lines have"), "as rustdoc shows it");
}

#[test]
fn names_may_be_of_any_script() {
    #[derive(Packable, Debug, Clone, PartialEq)]
    struct Größe {
        höhe: f64,
    }
    let sample = Größe { höhe: 1.5 };
    assert_eq!(Größe::unpack(&sample.pack()).unwrap(), sample);
    assert_eq!(Größe::SCHEMA.to_string(), "Größe@1.0.0 { höhe: float }");
    assert_eq!(GrößeBatch::from_samples([sample]).unwrap().höhe, [1.5]);
}

#[test]
fn a_sample_survives_the_wire() {
    let sample = photo(3);
    assert_eq!(Photo::unpack(&sample.pack()).unwrap(), sample);
    assert_eq!(
        Photo::SCHEMA.to_string(),
        "Photo@1.2.0 { image: array<uint8, (2, _, 3)>, theLabel: str, confidence: float, class: int?, language: str }"
    );
    assert_eq!(Photo::SCHEMA.description, Some("One labelled photograph."));
}

#[test]
fn batches_stack_arrays_and_give_rows_back() {
    let samples: Vec<_> = (0..4).map(photo).collect();
    let batch = PhotoBatch::from_samples(samples.clone()).unwrap();
    let image: &Array4<u8> = &batch.image;
    assert_eq!(image.shape(), [4, 2, 2, 3]);
    assert_eq!(batch.len(), 4);
    assert_eq!(batch.to_samples(), samples);
    assert_eq!(batch.row(4), None);
}

#[test]
fn python_s_bytes_are_ours() {
    #[derive(Packable, Debug, PartialEq)]
    #[expect(clippy::struct_field_names, reason = "the names of Python's example")]
    struct Image {
        image: Array2<u8>,
        label: String,
        confidence: f64,
    }
    let sample = Image { image: array![[1, 2, 3], [4, 5, 6]], label: "cat".into(), confidence: 0.95 };
    let hex = sample.pack().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    assert_eq!(
        hex,
        "83a5696d616765c41b037c75310202000000000000000300000000000000010203040506a56c6162656ca3636174aa636f6e666964656e6365cb3fee666666666666"
    );
}

#[test]
fn errors_name_the_path() {
    #[derive(Packable, Debug, Clone, PartialEq)]
    struct Inner {
        tags: Vec<String>,
    }
    #[derive(Packable, Debug, Clone, PartialEq)]
    struct Outer {
        inner: Inner,
        map: BTreeMap<String, i8>,
        any: Value,
        dynamic: Option<DynArray>,
    }
    let bytes = b"\x84\xa5inner\x81\xa4tags\x92\xa1a\x01\xa3map\x80\xa3any\xc0\xa7dynamic\xc0";
    let error = Outer::unpack(bytes).unwrap_err();
    assert_eq!(error.to_string(), "Outer.inner.tags[1]: expected a string, found an integer");
    assert_eq!(error.field_path(), "Outer.inner.tags[1]");
    let error = Outer::unpack(b"\x81\xa3map\x81\xa1k\xcd\x01\x00").unwrap_err();
    assert_eq!(error.to_string(), "Outer.map[\"k\"]: the value 256 does not fit i8");
    let error = Outer::unpack(b"\x81\xa3map\x80").unwrap_err();
    assert_eq!(error.to_string(), "Outer.inner: the field is missing; the sample has \"map\"");
    let error = Outer::unpack(b"\x81\xa3mop\x80").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("Outer: unknown field \"mop\"; the type has \"inner\", \"map\", \"any\", \"dynamic\""),
        "{error}"
    );
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
}

#[test]
fn a_tree_holds_trees() {
    #[derive(Packable, Debug, Clone, PartialEq)]
    struct Tree {
        name: String,
        children: Vec<Tree>,
        parent: Option<Box<Tree>>,
    }
    let leaf = Tree { name: "leaf".into(), children: vec![], parent: None };
    let tree = Tree { name: "root".into(), children: vec![leaf.clone(), leaf.clone()], parent: Some(Box::new(leaf)) };
    assert_eq!(Tree::unpack(&tree.pack()).unwrap(), tree);
}

#[test]
fn nested_samples_become_nested_batches() {
    #[derive(Packable, Debug, Clone, PartialEq)]
    struct Point {
        xy: Array1<f32>,
    }
    #[derive(Packable, Debug, Clone, PartialEq)]
    struct Track {
        start: Point,
        id: u32,
    }
    let batch = TrackBatch::from_samples(
        (0..3u8).map(|i| Track { start: Point { xy: array![f32::from(i), 1.0] }, id: i.into() }),
    )
    .unwrap();
    assert_eq!(batch.start.xy.shape(), [3, 2]);
    assert_eq!(batch.row(1).unwrap().start.xy, array![1.0, 1.0]);
}

#[test]
fn a_borrowed_sample_borrows() {
    #[derive(Packable)]
    struct Ref<'a> {
        text: &'a str,
        note: Option<&'a str>,
        #[packable(shape = [_])]
        array: atdata::ArrayRef<'a, f32, ndarray::Ix1>,
        #[packable(default = 7)]
        n: i64,
    }
    #[derive(Packable)]
    struct Own {
        text: String,
        array: Array1<f32>,
    }
    let bytes = Own { text: "hi".into(), array: array![1.0, 2.0] }.pack();
    let sample = Ref::unpack_ref(&bytes).unwrap();
    assert!(bytes.as_ptr_range().contains(&sample.text.as_ptr()));
    assert_eq!((sample.note, sample.n), (None, 7));
    assert_eq!(sample.array.to_array().unwrap(), array![1.0, 2.0]);
    assert_eq!(Ref::REF_SCHEMA.field("array").unwrap().field_type.to_string(), "array<float32, 1-d>");
}

#[test]
fn a_failed_row_leaves_no_trace() {
    use atdata::field::{Column, Cursor};
    #[derive(Packable, Debug, Clone, PartialEq)]
    struct S {
        a: Array1<f32>,
        b: i64,
    }
    let good = S { a: array![1.0], b: 1 }.pack();
    let mut builder = <S as Packable>::Builder::with_capacity(4);
    builder.read(&mut Cursor::new(&good)).unwrap();
    assert!(builder.read(&mut Cursor::new(&good[..good.len() - 1])).is_err());
    builder.read(&mut Cursor::new(&good)).unwrap();
    // The same field twice: the last one counts.
    builder
        .read(&mut Cursor::new(b"\x83\xa1b\x01\xa1a\xc4\x0f\x03<f4\x01\x01\0\0\0\0\0\0\0\0\0\0\0\xa1b\x05".as_slice()))
        .unwrap_err();
    let mut twice = vec![0x83];
    twice.extend_from_slice(&good[1..]);
    twice.extend_from_slice(b"\xa1b\x05");
    builder.read(&mut Cursor::new(&twice)).unwrap();
    let batch = builder.finish().unwrap();
    assert_eq!((batch.a.shape(), batch.b), (&[3, 1][..], vec![1, 1, 5]));
}

#[test]
fn casts_convert_and_refuse_what_does_not_fit() {
    #[derive(Packable, Debug, PartialEq)]
    struct Wide {
        a: ArrayD<f64>,
    }
    #[derive(Packable, Debug, PartialEq)]
    struct Narrow {
        #[packable(cast)]
        a: ArrayD<i8>,
    }
    let bytes = Wide { a: array![1.5, -3.0].into_dyn() }.pack();
    assert_eq!(Narrow::unpack(&bytes).unwrap().a, array![1_i8, -3].into_dyn());
    let bytes = Wide { a: array![300.0].into_dyn() }.pack();
    assert_eq!(
        Narrow::unpack(&bytes).unwrap_err().to_string(),
        "Narrow.a: cannot convert float64 to int8: 300.0 of index 0 does not fit"
    );
    let bytes = Wide { a: array![1.0, f64::NAN].into_dyn() }.pack();
    assert!(Narrow::unpack(&bytes).unwrap_err().to_string().ends_with(": NaN of index 1 does not fit"));
    assert_eq!(
        Narrow::SCHEMA.fields[0].field_type,
        FieldType::Array(atdata::schema::ArrayType::new(Some(Dtype::Int8), None))
    );
}

/// A compact array of bytes: `|u1`, the sizes, no data.
fn empty_array(sizes: &[i64]) -> Vec<u8> {
    let mut bytes = b"\x03|u1".to_vec();
    bytes.push(u8::try_from(sizes.len()).unwrap());
    bytes.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
    bytes
}

#[test]
fn empty_arrays_of_absurd_sizes_do_not_overflow_in_batches() {
    let absurd = DynArray::from_bytes(&empty_array(&[1 << 62, 0])).unwrap();
    assert!(absurd.is_empty());
    let error = DynArray::stack(&vec![absurd; 4]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert!(DynArray::from_bytes(&empty_array(&[1 << 62, 4, 0])).is_err());
}

#[test]
fn a_dtype_with_an_endless_name_is_refused() {
    let mut dict =
        format!("{{'descr': '<M8[{}]', 'fortran_order': False, 'shape': (), }}", "n".repeat(300)).into_bytes();
    dict.push(b'\n');
    let mut npy = b"\x93NUMPY\x01\0".to_vec();
    npy.extend(u16::try_from(dict.len()).unwrap().to_le_bytes());
    npy.extend(dict);
    npy.extend([0; 8]);
    assert_eq!(DynArray::from_bytes(&npy).unwrap_err().kind(), ErrorKind::Corrupt);
}

/// Of a field that is there twice the last value counts, in a batch as in a sample, also if the first would not stack.
#[test]
fn a_repeated_field_of_another_shape_does_not_spoil_the_batch() {
    #[derive(Packable, Debug, Clone, PartialEq)]
    struct Inner {
        v: Array1<u8>,
    }
    #[derive(Packable, Debug, Clone, PartialEq)]
    struct Outer {
        inner: Inner,
        v: Array1<u8>,
    }
    let v = |n: usize| Inner { v: Array1::zeros(n) }.pack()[1..].to_vec();
    let inner = |n: usize| [&b"\xa5inner\x82"[..], &v(9 - n), &v(n)].concat();
    let bytes = |n: usize| [&b"\x83"[..], &v(1), &inner(n), &v(n)].concat();
    let samples = [3, 4, 3].map(|n| Outer::unpack(&bytes(n)).unwrap());
    assert_eq!(samples[0], Outer { inner: Inner { v: Array1::zeros(3) }, v: Array1::zeros(3) });

    let mut builder = <Outer as Packable>::Builder::with_capacity(3);
    builder.read(&mut Cursor::new(&bytes(3))).unwrap();
    let error = builder.read(&mut Cursor::new(&bytes(4))).unwrap_err();
    assert!(error.to_string().starts_with("Outer.inner.v: row 1 has shape [4]"), "{error}");
    builder.read(&mut Cursor::new(&bytes(3))).unwrap();
    let batch = builder.finish().unwrap();
    assert_eq!(batch.to_samples(), [samples[0].clone(), samples[2].clone()]);
}

/// Where rows have six dimensions the batch's tensor is of dynamic rank, which its owner may change.
#[test]
fn a_batch_with_a_tensor_of_another_rank_has_no_rows() {
    #[derive(Packable, Debug, Clone, PartialEq)]
    struct Six {
        v: ndarray::Array6<u8>,
    }
    let mut batch = SixBatch::from_samples([Six { v: ndarray::Array6::zeros((1, 1, 1, 1, 1, 1)) }]).unwrap();
    assert!(batch.row(0).is_some());
    batch.v = ndarray::ArrayD::zeros(vec![3, 2]);
    assert!(batch.row(0).is_none());
}

/// What the schema says of a field that may be left out is what its reader does.
#[derive(Packable, Debug, Clone, PartialEq)]
struct Open {
    x: String,
    extra: Value,
    note: Option<String>,
    #[packable(required)]
    stated: Value,
}

#[test]
fn what_is_optional_may_be_left_out_and_what_is_required_may_not() {
    let [x, extra, note, stated] = ["x", "extra", "note", "stated"].map(|name| Open::SCHEMA.field(name).unwrap());
    assert_eq!([x, extra, note, stated].map(|field| field.optional), [false, true, true, false]);

    let bytes = b"\x82\xa1x\xa1a\xa6stated\x01";
    let sample = Open { x: "a".into(), extra: Value::Nil, note: None, stated: Value::Int(1) };
    assert_eq!(Open::unpack(bytes).unwrap(), sample);
    let mut builder = <Open as Packable>::Builder::with_capacity(1);
    builder.read(&mut Cursor::new(bytes)).unwrap();
    assert_eq!(builder.finish().unwrap().to_samples(), [sample]);

    let lacking = b"\x82\xa1x\xa1a\xa5extra\x01";
    let error = Open::unpack(lacking).unwrap_err();
    assert!(error.to_string().contains("stated: the field is missing"), "{error}");
    let mut builder = <Open as Packable>::Builder::with_capacity(1);
    assert!(builder.read(&mut Cursor::new(lacking)).is_err());
    assert_eq!(builder.finish().unwrap().len(), 0);
}

/// `Self` is the struct wherever the expansion repeats it, and a size may be a constant.
#[derive(Packable, Debug, Clone, PartialEq)]
struct Node {
    #[packable(default = Self::LANGUAGE.to_owned())]
    language: String,
    children: Vec<Self>,
    #[packable(shape = [Self::HEIGHT, WIDTH, 3])]
    icon: Array3<u8>,
    #[packable(skip, default = Self::HEIGHT)]
    height: usize,
}

const WIDTH: usize = 2;

impl Node {
    const LANGUAGE: &str = "en";
    const HEIGHT: usize = 1;
}

#[derive(Packable, Debug, PartialEq)]
struct Borrowed<'a> {
    #[packable(default = Self::TITLE)]
    title: &'a str,
}
impl Borrowed<'_> {
    const TITLE: &'static str = "untitled";
}

#[test]
fn self_and_constants_are_those_of_the_struct() {
    let leaf = Node { language: "en".into(), children: Vec::new(), icon: Array3::zeros((1, 2, 3)), height: 1 };
    let root = Node { children: vec![leaf.clone()], ..leaf.clone() };
    assert_eq!(Node::unpack(&root.pack()).unwrap(), root);
    assert!(Node::SCHEMA.to_string().contains("icon: array<uint8, (1, 2, 3)>"), "{}", Node::SCHEMA);
    assert!(Node { icon: Array3::zeros((2, 2, 3)), ..leaf.clone() }.try_pack().is_err());
    assert_eq!(NodeBatch::from_samples([root.clone()]).unwrap().row(0), Some(root));
    assert_eq!(Borrowed::unpack_ref(b"\x80").unwrap(), Borrowed { title: "untitled" });
}

macro_rules! sample {
    ($name:ident, $version:literal, $size:expr, $field:ident: $ty:ty => $wire:literal) => {
        #[derive(Packable, Debug, Clone, PartialEq)]
        #[packable(version = $version, description = $wire)]
        struct $name {
            #[packable(rename = $wire, default = $size)]
            $field: $ty,
        }
    };
}
sample!(Made, "1.2.0", 7, count: i64 => "n");

macro_rules! view {
    ($name:ident of $source:ty { $($field:ident: $ty:ty = $from:literal),* }) => {
        #[derive(Packable, Debug, Clone, PartialEq)]
        #[packable(view_of = $source)]
        struct $name { $(#[packable(from = $from)] $field: $ty),* }
    };
}
view!(Seen of Made { amount: i64 = "count" });

#[test]
fn attributes_may_come_through_a_macro() {
    assert_eq!(Made::SCHEMA.to_string(), "Made@1.2.0 { n: int }");
    assert_eq!(Made::SCHEMA.description, Some("n"));
    assert_eq!(Made::unpack(b"\x80").unwrap(), Made { count: 7 });
    assert_eq!(Seen::LENS.get(&Made { count: 3 }), Seen { amount: 3 });
}

/// What is declared of arrays is in the schema wherever they are.
#[derive(Packable, Debug, Clone, PartialEq)]
struct Crops {
    #[packable(shape = [64, 64], dims = ["h", "w"])]
    crops: Vec<Array2<u8>>,
    #[packable(dims = ["x"])]
    by_name: BTreeMap<String, Vec<Option<Array1<f32>>>>,
    #[packable(shape = [3])]
    maybe: Option<Array1<f32>>,
}

#[test]
fn shapes_and_names_reach_into_lists_and_maps() {
    assert_eq!(
        Crops::SCHEMA.to_string(),
        "Crops@1.0.0 { crops: list<array<uint8, (64, 64)>>, by_name: map<str, list<array<float32, 1-d>?>>, \
         maybe: array<float32, (3)>? }"
    );
    let FieldType::List(FieldType::Array(crops)) = Crops::SCHEMA.fields[0].field_type else {
        panic!("a list of arrays")
    };
    assert_eq!(crops.dims, Some(&["h", "w"][..]));
    let FieldType::Map(FieldType::List(FieldType::Nullable(FieldType::Array(inner)))) =
        Crops::SCHEMA.fields[1].field_type
    else {
        panic!("a map of lists")
    };
    assert_eq!((inner.dims, inner.dtype), (Some(&["x"][..]), Some(Dtype::Float32)));
}

/// In each order of the keys, with an unknown value between; of a repeated one only the last is read.
#[test]
fn fields_come_in_any_order_and_the_last_of_one_name_counts() {
    #[derive(Packable, Debug, Clone, PartialEq)]
    #[packable(allow_unknown)]
    struct Four {
        a: i64,
        b: Vec<String>,
        #[packable(default = 7)]
        c: i64,
        d: Option<f64>,
    }
    let pairs: [&[u8]; 5] =
        [b"\xa1a\x05", b"\xa1b\x91\xa1x", b"\xa1c\x09", b"\xa1d\xca\x3f\x80\0\0", b"\xa1z\x92\x01\x02"];
    let whole = Four { a: 5, b: vec!["x".into()], c: 9, d: Some(1.0) };
    for first in 0..5 {
        for step in 1..5 {
            let order: Vec<_> = (0..5).map(|at| (first + at * step) % 5).collect();
            let bytes = order.iter().fold(vec![0x85], |bytes, at| [&bytes, pairs[*at]].concat());
            assert_eq!(Four::unpack(&bytes).unwrap(), whole, "{order:?}");
            let mut column = <Four as Packable>::Builder::with_capacity(1);
            column.read(&mut Cursor::new(&bytes)).unwrap();
            assert_eq!(column.finish().unwrap().to_samples(), std::slice::from_ref(&whole), "{order:?}");
        }
    }
    // The first `a` is no integer, the second `b` no list.
    let bytes = b"\x85\xa1d\xc0\xa1a\xa1x\xa1b\x90\xa1b\x91\xa1x\xa1a\x05";
    let read = Four { c: 7, d: None, ..whole };
    assert_eq!(Four::unpack(bytes).unwrap(), read);
    let mut column = <Four as Packable>::Builder::with_capacity(2);
    column.read(&mut Cursor::new(bytes)).unwrap();
    column.read(&mut Cursor::new(b"\x82\xa1b\x90\xa1c\x01")).unwrap_err();
    column.read(&mut Cursor::new(bytes)).unwrap();
    assert_eq!(column.finish().unwrap().to_samples(), [read.clone(), read]);
    // What is wrong with a value is told before what is missing.
    let error = Four::unpack(b"\x82\xa1d\xc0\xa1b\x91\x01").unwrap_err();
    assert_eq!(error.to_string(), "Four.b[0]: expected a string, found an integer");
    let error = Four::unpack(b"\x82\xa1d\xc0\xa1b\x91").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    let error = Four::unpack(b"\x82\xa1d\xc0\xa1b\x90").unwrap_err();
    assert_eq!(error.to_string(), "Four.a: the field is missing; the sample has \"d\", \"b\"");
}
