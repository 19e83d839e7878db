//! Batches that were changed by hand: columns of different lengths are told in every way to get rows of them.
#![allow(clippy::unwrap_used, missing_docs)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use atdata::{Batch, PackField, Packable};
use ndarray::{Array1, Axis};

#[derive(Packable, Debug, Clone, PartialEq)]
struct Inner {
    a: i64,
    b: String,
}

#[derive(PackField, Debug, Clone, PartialEq)]
struct Wrapped(Inner);

#[derive(Packable, Debug, Clone, PartialEq)]
struct Middle {
    inner: Inner,
    #[packable(pad)]
    tokens: Vec<i64>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Outer {
    id: i64,
    middle: Middle,
    #[packable(flatten)]
    flat: Flat,
    scores: Array1<f32>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Flat {
    deep: Inner,
}

fn outer(id: i64) -> Outer {
    let inner = Inner { a: id, b: id.to_string() };
    let tokens = vec![id; usize::try_from(id).unwrap() + 1];
    Outer {
        id,
        middle: Middle { inner: inner.clone(), tokens },
        flat: Flat { deep: inner },
        scores: Array1::from_elem(2, 0.5),
    }
}

fn batch() -> OuterBatch {
    OuterBatch::from_samples((0..3).map(outer)).unwrap()
}

/// What it panics with, if it does.
fn panics<T>(what: impl FnOnce() -> T) -> Option<String> {
    let caught = catch_unwind(AssertUnwindSafe(what)).err()?;
    Some(caught.downcast_ref::<String>().map_or("another", String::as_str).to_owned())
}

#[test]
fn columns_of_different_lengths_are_told_wherever_they_are() {
    type Change = fn(&mut OuterBatch);
    let changes: [(&str, Change); 8] = [
        ("its own", |batch| batch.id.truncate(2)),
        ("its tensor", |batch| batch.scores.remove_index(Axis(0), 1)),
        ("the first of a nested batch", |batch| batch.middle.inner.a.truncate(2)),
        ("another of a nested batch", |batch| batch.middle.inner.b.truncate(2)),
        ("one more of a nested batch", |batch| batch.middle.inner.b.push("more".to_owned())),
        ("of a flattened batch", |batch| batch.flat.deep.b.truncate(2)),
        ("the rows of what is padded", |batch| batch.middle.tokens.data.remove_index(Axis(0), 2)),
        ("the columns of what is padded", |batch| batch.middle.tokens.data.remove_index(Axis(1), 2)),
    ];
    assert_eq!((batch().to_samples().len(), batch().iter().rev().count()), (3, 3));
    for (what, change) in changes {
        let mut batch = batch();
        change(&mut batch);
        for told in [
            panics(|| batch.to_samples()),
            panics(|| batch.iter().count()),
            panics(|| Batch::to_samples(&batch)),
            panics(|| (&batch).into_iter().count()),
        ] {
            assert_eq!(told.as_deref(), Some("the columns of a batch are of different lengths"), "{what}");
        }
        #[cfg(feature = "serde")]
        {
            let error = serde_json::to_string(&atdata::serde::rows(&batch)).unwrap_err();
            assert!(error.to_string().contains("of different lengths"), "{what}: {error}");
        }
        assert!((0..3).any(|row| batch.row(row).is_none()) || what.starts_with("one more"), "{what}");
    }
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Around {
    wrapped: Wrapped,
}

#[test]
fn a_batch_inside_of_a_newtype_is_no_exception() {
    let around = |a| Around { wrapped: Wrapped(Inner { a, b: String::new() }) };
    let mut batch = AroundBatch::from_samples((0..3).map(around)).unwrap();
    assert_eq!((&batch).into_iter().map(|row| row.wrapped.0.a).collect::<Vec<_>>(), [0, 1, 2]);
    batch.wrapped.b.pop();
    assert!(panics(|| batch.to_samples()).is_some());
}
