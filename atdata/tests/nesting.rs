//! Hostile nesting: an error at the limit, no overflow of a thread's stack below it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::thread;

use atdata::{DictSample, ErrorKind, Packable, Value};

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
