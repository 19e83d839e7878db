//! Hostile nesting: an error at the limit, no overflow of a thread's stack below it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::thread;

use atdata::field::{ArraySpec, Column, Cursor};
use atdata::{DictSample, ErrorKind, PackField, Packable, Value};
use ndarray::ArrayD;

/// What threads of a program get unless they ask for more.
const STACK: usize = 2 << 20;

fn on_small_stack(test: impl FnOnce() + Send + 'static) {
    thread::Builder::new().stack_size(STACK).spawn(test).unwrap().join().unwrap();
}

/// A sample `{"v": [[[… nil …]]]}`, or with maps of one entry, of `depth` containers in all.
fn nested(depth: usize, open: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x81\xa1v".to_vec();
    bytes.extend(open.repeat(depth - 1));
    bytes.push(0xc0);
    bytes
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Any {
    v: Value,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Tree {
    name: String,
    weights: Option<Vec<f64>>,
    children: Vec<Tree>,
    parent: Option<Box<Tree>>,
}

#[test]
fn values_nest_to_the_limit_on_a_small_stack() {
    on_small_stack(|| {
        for open in [&b"\x91"[..], b"\x81\xa1k"] {
            let bytes = nested(1022, open);
            let sample = DictSample::unpack(&bytes).unwrap();
            assert_eq!(sample, sample.clone());
            assert!(format!("{sample:?}").len() > 1022);
            assert_eq!(sample.try_pack().unwrap(), bytes);
            let mut changed = sample.clone();
            changed.insert("w", 1);
            assert!(changed.try_pack().unwrap().len() > bytes.len());
            assert_ne!(sample, changed);
            let any = Any::unpack(&bytes).unwrap();
            assert_eq!(any, any.clone());
            assert_eq!(any.try_pack().unwrap(), bytes);
            let batch = AnyBatch::from_samples([any.clone(), any]).unwrap();
            assert_eq!(batch.row(1).unwrap().pack(), bytes);
        }
    });
}

#[test]
fn values_past_the_limit_are_refused() {
    on_small_stack(|| {
        for open in [&b"\x91"[..], b"\x81\xa1k"] {
            for depth in [1023, 1_000_000] {
                let bytes = nested(depth, open);
                assert_eq!(DictSample::unpack(&bytes).unwrap_err().kind(), ErrorKind::Corrupt);
                assert_eq!(Any::unpack(&bytes).unwrap_err().kind(), ErrorKind::Corrupt);
            }
        }
    });
}

fn tree(depth: usize, by_parent: bool) -> Tree {
    let mut tree = Tree { name: "leaf".into(), weights: Some(vec![1.0]), children: vec![], parent: None };
    for level in 1..depth {
        let inner = tree;
        tree = Tree { name: level.to_string(), weights: None, children: vec![], parent: None };
        if by_parent {
            tree.parent = Some(Box::new(inner));
        } else {
            tree.children = vec![inner];
        }
    }
    tree
}

#[test]
fn samples_nest_to_the_limit_on_a_small_stack() {
    on_small_stack(|| {
        for by_parent in [true, false] {
            let tree = tree(128, by_parent);
            let bytes = tree.try_pack().unwrap();
            assert_eq!(Tree::unpack(&bytes).unwrap(), tree);
            let batch = TreeBatch::from_samples([tree.clone()]).unwrap();
            assert_eq!(batch.row(0), Some(tree));
        }
    });
}

#[test]
fn samples_past_the_limit_are_refused() {
    on_small_stack(|| {
        for by_parent in [true, false] {
            assert_eq!(Tree::unpack(&tree(129, by_parent).pack()).unwrap_err().kind(), ErrorKind::Corrupt);
        }
    });
}

/// As ormsgpack counts: a container without elements is not entered.
#[test]
fn empty_containers_cost_no_level() {
    on_small_stack(|| {
        for (depth, inner, fits) in [
            (1022, &b"\x01"[..], true),
            (1022, b"\x90", true),
            (1022, b"\x80", true),
            (1023, b"\x01", false),
            (1023, b"\x90", false),
        ] {
            for open in [&b"\x91"[..], b"\x81\xa1k"] {
                let bytes = [&open.repeat(depth), inner].concat();
                assert_eq!(Value::read(&mut Cursor::new(&bytes)).is_ok(), fits, "{depth} {inner:?}");
                assert_eq!(Cursor::new(&bytes).skip().is_ok(), fits, "{depth} {inner:?}");
            }
        }
    });
}

/// Fields with a large place each in the frame of the reader.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(allow_unknown)]
struct Wide {
    a: Option<ArrayD<f64>>,
    b: Option<ArrayD<f64>>,
    c: Option<ArrayD<f64>>,
    d: Option<ArrayD<f64>>,
    e: Option<ArrayD<f64>>,
    f: Option<ArrayD<f64>>,
    g: Option<ArrayD<f64>>,
    h: Option<ArrayD<f64>>,
    i: Option<ArrayD<f64>>,
    j: Option<ArrayD<f64>>,
    k: Option<ArrayD<f64>>,
    l: Option<ArrayD<f64>>,
    m: Option<ArrayD<f64>>,
    n: Option<ArrayD<f64>>,
    o: Option<ArrayD<f64>>,
    p: Option<ArrayD<f64>>,
    more: Option<Box<Wider>>,
    any: Value,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Wider {
    a: Option<ArrayD<f64>>,
    b: Option<ArrayD<f64>>,
    c: [[[[String; 8]; 8]; 8]; 2],
    d: [[[[String; 8]; 8]; 8]; 2],
    next: Option<Box<Wide>>,
}

#[test]
fn samples_with_many_fields_do_not_fill_a_small_stack() {
    on_small_stack(|| {
        let bytes = [b"\x81\xa4more\x81\xa4next".repeat(100), b"\xc0".to_vec()].concat();
        let error = Wide::unpack(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    });
}

#[test]
fn a_deep_value_fits_beneath_deep_samples() {
    on_small_stack(|| {
        for (name, depth) in [(&b"\xa3any"[..], 900), (b"\xa7unknown", 900), (b"\xa7unknown", 2000)] {
            for samples in 0..60 {
                let open = b"\x81\xa4more\x81\xa4next".repeat(samples);
                let bytes = [&open[..], b"\x81", name, &b"\x91".repeat(depth), b"\x90"].concat();
                let _ = Wide::unpack(&bytes);
            }
        }
    });
}

#[test]
fn what_is_nested_too_deep_to_be_read_is_not_packed() {
    on_small_stack(|| {
        let deep = |depth: usize| (0..depth).fold(Value::Nil, |value, _| Value::List(vec![value]));
        for (depth, fits) in [(1021, true), (1022, false), (1500, false)] {
            let any = Any { v: deep(depth) };
            let dict: DictSample = [("v", deep(depth))].into_iter().collect();
            for packed in [any.try_pack(), dict.try_pack()] {
                assert_eq!(packed.is_ok(), fits, "{depth}");
                assert_eq!(packed.map_err(|error| error.kind()).err(), (!fits).then_some(ErrorKind::InvalidInput));
            }
        }
        for by_parent in [true, false] {
            assert!(tree(128, by_parent).try_pack().is_ok());
            let error = tree(129, by_parent).try_pack().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(
                error.to_string().ends_with(": values nested more than 128 deep could not be read back"),
                "{error}"
            );
        }
        assert!(Value::Nil.check(ArraySpec::ANY).is_ok());
    });
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Broad {
    v: [f64; 8193],
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct AroundBroad {
    inner: Broad,
}

#[test]
#[expect(clippy::large_stack_arrays, reason = "what is tested is what does not fit")]
fn what_is_too_wide_to_be_read_back_is_not_written() {
    thread::Builder::new()
        .stack_size(16 * STACK)
        .spawn(|| {
            let sample = AroundBroad { inner: Broad { v: [0.0; 8193] } };
            let error = sample.try_pack().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains("could not be read back"), "{error}");
            // Of another writer: alone or in a batch, it is refused.
            let packed = [&b"\x81\xa5inner"[..], &sample.inner.try_pack().unwrap()].concat();
            let error = AroundBroad::unpack(&packed).unwrap_err();
            let mut column = <AroundBroad as Packable>::Builder::with_capacity(1);
            let in_batch = column.read(&mut Cursor::new(&packed)).unwrap_err();
            assert_eq!((in_batch.kind(), in_batch.to_string()), (error.kind(), error.to_string()));
            let alone = Broad { v: [1.0; 8193] };
            assert_eq!(Broad::unpack(&alone.try_pack().unwrap()).unwrap(), alone, "the outermost may be of any size");
        })
        .unwrap()
        .join()
        .unwrap();
}
