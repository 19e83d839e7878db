//! Batches of fields that are padded.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use atdata::dataset::{Policy, Tail};
use atdata::{Dataset, ErrorKind, Packable, ShardWriter};
use ndarray::{Array1, Array2, ArrayD, IxDyn, array};

#[derive(Packable, Clone, Debug, PartialEq)]
struct Clip {
    name: String,
    #[packable(pad)]
    tokens: Vec<i64>,
    #[packable(pad = -100)]
    labels: Array1<i32>,
    #[packable(pad = f32::NEG_INFINITY, cast, dims = ["time", "channel"])]
    samples: Array2<f32>,
    #[packable(pad = true)]
    flags: Vec<bool>,
}

fn clip(n: usize) -> Clip {
    let number = i64::try_from(n).unwrap();
    Clip {
        name: n.to_string(),
        tokens: vec![number; n % 5],
        labels: Array1::from_elem(n % 3, 7),
        samples: Array2::from_elem((n % 4, 1 + n % 2), 0.5),
        flags: vec![false; n % 2],
    }
}

// The same samples, not padded; a comment of the type would be its description.
#[derive(Packable, Clone, Debug, PartialEq)]
#[packable(name = "Clip")]
struct Plain {
    name: String,
    tokens: Vec<i64>,
    labels: Array1<i32>,
    #[packable(cast, dims = ["time", "channel"])]
    samples: Array2<f32>,
    flags: Vec<bool>,
}

#[test]
fn a_batch_has_tensors_as_large_as_its_largest_rows() {
    let folder = tempfile::tempdir().unwrap();
    let clips: Vec<Clip> = (0..40).map(clip).collect();
    let dataset = ShardWriter::builder(folder.path().join("c-%d.tar")).max_count(15).write_refs(&clips).unwrap();
    let dataset = dataset.open::<Clip>().unwrap();
    let mut rows = 0;
    for batch in dataset.batches(7) {
        let batch = batch.unwrap();
        let own = &clips[rows..rows + batch.len()];
        assert_eq!(batch.to_samples(), own);
        assert_eq!(batch, ClipBatch::from_samples(own.to_vec()).unwrap());
        let longest = own.iter().map(|clip| clip.tokens.len()).max().unwrap();
        assert_eq!(batch.tokens.data.shape(), [own.len(), longest]);
        for (row, clip) in own.iter().enumerate() {
            for place in 0..longest {
                let expected = clip.tokens.get(place).copied();
                assert_eq!(batch.tokens.data[[row, place]], expected.unwrap_or(0));
                assert_eq!(batch.tokens.mask()[[row, place]], expected.is_some());
            }
            assert_eq!(batch.samples.shape(row).unwrap(), clip.samples.shape());
        }
        assert!(batch.labels.data.iter().all(|label| *label == 7 || *label == -100));
        assert!(batch.samples.data.iter().all(|value| [0.5_f32, f32::NEG_INFINITY].contains(value)));
        assert_eq!(batch.flags.data.mapv(|flag| !flag), batch.flags.mask());
        rows += batch.len();
    }
    assert_eq!(rows, 40);
    // By a plan as well, in threads; and batches are the same that were used before.
    let plan = dataset.plan().seed(3).batch(9).tail(Tail::Uneven);
    let samples: Vec<Vec<Clip>> = plan.load_samples().unwrap().map(|step| step.unwrap().batch).collect();
    for (step, samples) in plan.load().unwrap().zip(samples) {
        assert_eq!(step.unwrap().batch, ClipBatch::from_samples(samples).unwrap());
    }
    let empty = ClipBatch::from_samples([]).unwrap();
    assert_eq!((empty.len(), empty.tokens.data.shape(), empty.samples.data.shape()), (0, &[0, 0][..], &[0, 0, 0][..]));
}

#[test]
fn it_is_nothing_of_the_schema_or_the_bytes() {
    assert_eq!(Clip::SCHEMA, Plain::SCHEMA);
    let plain = Plain::unpack(&clip(17).pack()).unwrap();
    assert_eq!(plain.tokens, clip(17).tokens);
}

#[derive(Packable, Clone, Debug, PartialEq)]
struct AnyRank {
    #[packable(pad)]
    values: ArrayD<u8>,
}

#[test]
fn rows_that_cannot_be_padded_to_one_size_are_named() {
    let of = |shape: &[usize]| AnyRank { values: ArrayD::ones(IxDyn(shape)) };
    let error = AnyRankBatch::from_samples([of(&[2, 3]), of(&[2])]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert!(error.to_string().contains("values: row 1 has 1 dimension, but the rows before it 2"), "{error}");
    let error = AnyRankBatch::from_samples([of(&[50_000, 1]), of(&[1, 50_000])]).unwrap_err();
    assert!(
        error.to_string().contains("values: padding 2 rows to the largest sizes of the batch, [50000, 50000]"),
        "{error}"
    );
    // It is of the batch, and no reason to leave a sample out.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    Dataset::write(&path, [of(&[2, 3]), of(&[2])]).unwrap();
    let dataset = Dataset::<AnyRank>::open(&path).unwrap().on_error(Policy::skip().at_most(5)).unwrap();
    assert!(dataset.batches(2).next().unwrap().is_err());
    let batch = AnyRankBatch::from_samples([of(&[2, 3]), of(&[1, 4])]).unwrap();
    assert_eq!(batch.values.data.shape(), [2, 2, 4]);
    assert_eq!(batch.values.lengths(), array![2, 1]);
    assert_eq!(batch.row(1).unwrap(), of(&[1, 4]));
}
