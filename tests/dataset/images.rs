//! Images in datasets: as members of plain `WebDataset` shards and in packed samples, decoded into batches.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::path::{Path, PathBuf};

use atdata::format::image::{L8, L16, Rgba8, stack};
use atdata::format::{Image, Pixels};
use atdata::{Dataset, DictSample, Error, ErrorKind, Group, Packable, Result, ShardWriter};
use atdata_tests::fixtures;
use ndarray::{Array3, Array4, Axis};

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(layout = "members")]
struct Photo {
    #[packable(key)]
    id: String,
    #[packable(member = "jpg|jpeg|png|webp")]
    image: Image,
    cls: i64,
}

/// The same, decoded as it is read.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(layout = "members", name = "Photo")]
struct Decoded {
    #[packable(key)]
    id: String,
    #[packable(member = "jpg|jpeg|png|webp")]
    image: Pixels,
    cls: i64,
}

fn file(name: &str) -> Vec<u8> {
    fixtures::bytes(&format!("images/{name}"))
}

const FILES: [&str; 6] = ["colour.jpg", "grey.jpg", "progressive.jpg", "rgba.png", "palette.png", "lossless.webp"];

/// A shard of the files, each with the extension that it has.
fn shard(folder: &Path) -> PathBuf {
    let path = folder.join("photos.tar");
    let group = |(at, name): (usize, &&str)| {
        let extension = name.rsplit_once('.').unwrap().1;
        Group::new(format!("{at:04}"), [(extension, file(name)), ("cls", at.to_string().into_bytes())])
    };
    ShardWriter::builder(&path).mtime(0).write_all(FILES.iter().enumerate().map(group)).unwrap();
    path
}

#[test]
fn files_are_read_as_they_are_and_decoded_when_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let photos: Vec<_> =
        Dataset::<Photo>::open(shard(folder.path())).unwrap().ordered().collect::<Result<_>>().unwrap();
    for (photo, name) in photos.iter().zip(FILES) {
        assert_eq!(*photo.image.as_bytes(), file(name));
        let header = photo.image.header().unwrap();
        assert_eq!((header.width, header.height), (37, 23));
    }
    let tensor = stack(photos.iter().map(|photo| &photo.image)).unwrap();
    assert_eq!(tensor.shape(), [6, 23, 37, 3]);
    assert_eq!(tensor.index_axis(Axis(0), 3), photos[3].image.decode().unwrap());

    let copy = folder.path().join("copy.tar");
    Dataset::write_refs(&copy, &photos).unwrap();
    let groups: Vec<_> = Dataset::<Group>::open(&copy).unwrap().ordered().collect::<Result<_>>().unwrap();
    for (group, name) in groups.iter().zip(FILES) {
        assert_eq!(group.get(name.rsplit_once('.').unwrap().1).unwrap().to_vec(), file(name));
    }
}

#[test]
fn a_batch_is_one_tensor_that_each_image_is_decoded_into() {
    let folder = tempfile::tempdir().unwrap();
    let path = shard(folder.path());
    let dataset = Dataset::<Decoded>::open(&path).unwrap();
    let batches: Vec<_> = dataset.batches(4).collect::<Result<_>>().unwrap();
    assert_eq!(batches.iter().map(|batch| batch.image.shape()[0]).collect::<Vec<_>>(), [4, 2]);
    let singles: Vec<_> = dataset.ordered().collect::<Result<_>>().unwrap();
    let images: &Array4<u8> = &batches[0].image;
    for (image, single) in images.axis_iter(Axis(0)).zip(&singles) {
        assert_eq!(image, single.image.array());
    }
    let shuffled: usize = dataset.shuffled(7).batches(6).map(|batch| batch.unwrap().image.len()).sum();
    assert_eq!(shuffled, 6 * 23 * 37 * 3);
    // What is read is written as it was, whether it was decoded or not.
    let copy = folder.path().join("copy.tar");
    ShardWriter::builder(&copy).mtime(0).write_all(singles.clone()).unwrap();
    assert_eq!(std::fs::read(copy).unwrap(), std::fs::read(&path).unwrap());
    // And what was in a batch, or made here, as a PNG.
    let made = folder.path().join("made.tar");
    Dataset::write(&made, atdata::Batch::to_samples(&batches[0])).unwrap();
    let group = Dataset::<Group>::open(&made).unwrap().head(1).unwrap().remove(0);
    assert!(group.get("jpg").is_none() && group.get("png").is_some());
    assert_eq!(Dataset::<Decoded>::open(&made).unwrap().head(4).unwrap(), singles[..4]);
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Packed {
    image: Pixels<Rgba8>,
    #[packable(ragged)]
    crop: Pixels<L8>,
    depth: Option<Image<L16>>,
    views: Vec<Image>,
}

fn packed(size: usize) -> Packed {
    Packed {
        image: Array3::from_elem((4, 6, 4), 9).into(),
        crop: Array3::from_elem((size, 3, 1), 7).into(),
        depth: Some(Image::encode(&Array3::from_elem((2, 2, 1), 40_000)).unwrap()),
        views: vec![Image::from_bytes(file("colour.jpg")).unwrap(); size],
    }
}

#[test]
fn packed_samples_have_the_same_fields() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("packed.tar");
    let samples: Vec<_> = (1..5).map(packed).collect();
    Dataset::write_refs(&path, &samples).unwrap();
    let batch = Dataset::<Packed>::open(&path).unwrap().batches(8).next().unwrap().unwrap();
    assert_eq!((batch.image.shape(), batch.image[[3, 3, 5, 3]]), (&[4, 4, 6, 4][..], 9));
    let heights: Vec<_> = batch.crop.iter().map(|crop| crop.array().dim().0).collect();
    assert_eq!(heights, [1, 2, 3, 4]);
    assert_eq!(batch.depth[0].as_ref().unwrap().decode().unwrap()[[1, 1, 0]], 40_000);
    assert_eq!(batch.views[3].len(), 4);
    assert_eq!(atdata::Batch::to_samples(&batch), samples);
    // To who has no type they are bytes.
    let dict = &Dataset::<DictSample>::open(&path).unwrap().head(1).unwrap()[0];
    assert!(dict["image"].as_bytes().unwrap().starts_with(b"\x89PNG"));
}

fn write(folder: &Path, groups: impl IntoIterator<Item = Group>) -> Dataset<Decoded> {
    let path = folder.join("groups.tar");
    Dataset::write(&path, groups).unwrap();
    Dataset::open(path).unwrap()
}

/// The errors of a batch of the images, and how many samples are in the others.
fn batched(images: &[(&str, Vec<u8>)]) -> (Vec<Error>, usize) {
    let folder = tempfile::tempdir().unwrap();
    let group = |(key, image): &(&str, Vec<u8>)| Group::new(*key, [("jpg", image.as_slice()), ("cls", b"1")]);
    let dataset = write(folder.path(), images.iter().map(group));
    let (mut errors, mut samples) = (Vec::new(), 0);
    for batch in dataset.batches(9) {
        match batch {
            Ok(batch) => {
                assert!(batch.image.iter().any(|value| *value > 0));
                samples += batch.image.shape()[0];
            }
            Err(error) => errors.push(error),
        }
    }
    (errors, samples)
}

#[test]
fn an_image_of_another_size_is_an_error_that_names_key_field_and_shapes() {
    let large = Image::<L8>::encode(&Array3::from_elem((24, 37, 1), 1)).unwrap().into_bytes().to_vec();
    let (errors, samples) = batched(&[("a", file("colour.jpg")), ("b", large), ("c", file("grey.jpg"))]);
    assert_eq!((errors.len(), samples), (1, 2));
    let error = &errors[0];
    assert_eq!(
        (error.kind(), error.key(), error.field_path()),
        (ErrorKind::SchemaMismatch, Some("b"), "Decoded.image".into())
    );
    let expected = "row 1 has shape [24, 37, 3], but the rows before it [23, 37, 3]: they do not stack \
                    (`#[packable(ragged)]` on the field keeps each array by itself, `#[packable(pad)]` fills them up to one size)";
    assert!(error.to_string().ends_with(expected), "{error}");
}

#[test]
fn broken_and_huge_images_are_errors_with_the_key_and_leave_the_batch_whole() {
    let mut cut = file("colour.jpg");
    cut.truncate(600);
    let mut huge = file("colour.png");
    huge[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    let images = [
        ("a", cut),
        ("b", file("subsampled.jpg")),
        ("c", huge),
        ("d", b"text".to_vec()),
        ("e", file("picture.gif")),
        ("f", file("lossy.webp")),
    ];
    let (errors, samples) = batched(&images);
    assert_eq!(samples, 2);
    let told: Vec<_> = errors.iter().map(|error| (error.key().unwrap(), error.kind(), error.field_path())).collect();
    let expected = [
        ("a", ErrorKind::Corrupt),
        ("c", ErrorKind::Unsupported),
        ("d", ErrorKind::SchemaMismatch),
        ("e", ErrorKind::SchemaMismatch),
    ];
    assert_eq!(told, expected.map(|(key, kind)| (key, kind, "Decoded.image".to_owned())));
}

/// What is decoded later is named as well, where the dataset does it.
#[test]
fn an_image_that_is_decoded_in_a_stage_is_told_with_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut cut = file("colour.jpg");
    cut.truncate(600);
    let groups = [("whole", file("colour.jpg")), ("broken", cut)]
        .map(|(key, image)| Group::new(key, [("jpg", image), ("cls", b"1".to_vec())]));
    let path = folder.path().join("photos.tar");
    Dataset::write(&path, groups).unwrap();
    let photos = Dataset::<Photo>::open(&path).unwrap();
    let decoded: Vec<_> = photos.try_map(|photo| photo.image.decode()).ordered().collect();
    assert_eq!(decoded[0].as_ref().unwrap().dim(), (23, 37, 3));
    let error = decoded[1].as_ref().unwrap_err();
    assert_eq!((error.key(), error.kind()), (Some("broken"), ErrorKind::Corrupt), "{error}");
    assert!(error.to_string().contains("photos.tar"), "{error}");
}

#[test]
fn a_limit_of_its_own_is_part_of_the_type() {
    #[derive(Packable, Debug)]
    #[packable(layout = "members", allow_unknown)]
    struct Small {
        #[packable(member = "jpg|png|webp")]
        image: Pixels<L8, 850>,
    }
    let folder = tempfile::tempdir().unwrap();
    let error = Dataset::<Small>::open(shard(folder.path())).unwrap().head(1).unwrap_err();
    let expected = "key 0000: Small.image: expected an image of at most 850 pixels, found jpeg 37 x 23; \
                    `Image::decode_within`, or `Pixels<_, 851>` as the type of the field, takes it";
    assert!(error.to_string().ends_with(expected), "{error}");
}

#[test]
fn records_say_that_bytes_are_images_and_types_are_made_of_them_again() {
    use atdata::schema::SchemaRecord;

    let record = Packed::schema_record().created_at("2026-03-01T12:00:00Z");
    let local = record.to_local();
    let images: Vec<_> = local["fields"].as_array().unwrap().iter().map(|field| field["image"].as_str()).collect();
    assert_eq!(images, [Some("rgba8"), Some("l8"), Some("l16"), Some("rgb8")]);
    assert_eq!(local["fields"][0]["fieldType"]["primitive"], "bytes");
    let published = record.to_atproto().unwrap();
    assert_eq!(published["schema"]["properties"]["depth"]["image"], "l16");
    for json in [local.clone(), published] {
        assert_eq!(SchemaRecord::from_json(&json).unwrap(), record);
    }
    let mut wrong = local;
    wrong["fields"][0]["image"] = "cmyk".into();
    let error = SchemaRecord::from_json(&wrong).unwrap_err().to_string();
    assert!(error.contains("expected the colour of images, one of l8, la8, rgb8"), "{error}");

    let mut schemas = atdata_codegen::Schemas::new();
    schemas.parse("Packed.json", &record.to_local_json());
    let code = atdata_codegen::Config::new().generate(&schemas).unwrap().to_string();
    for field in [
        "image: ::atdata::format::Image<::atdata::format::image::Rgba8>",
        "depth: ::core::option::Option<\n        ::atdata::format::Image<::atdata::format::image::L16>,\n    >",
        "views: ::std::vec::Vec<::atdata::format::Image>",
    ] {
        assert!(code.contains(field), "{code}");
    }
}

#[test]
fn a_type_is_proposed_of_what_the_images_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scans.tar");
    let group = |key: &str, image: &str, depth: Option<&str>| {
        let depth = depth.map(|depth| ("depth.png", file(depth)));
        Group::new(key, [("jpg", file(image))].into_iter().chain(depth).chain([("gif", file("picture.gif"))]))
    };
    Dataset::write(&path, [group("a", "grey.jpg", Some("deep.png")), group("b", "colour.jpg", None)]).unwrap();
    let inferred = Dataset::<DictSample>::open(&path).unwrap().infer(None, "1.0.0").unwrap();
    let fields = &inferred.record.schema.fields;
    let told: Vec<_> =
        fields.iter().map(|field| (field.name.as_str(), field.optional, field.image.as_deref())).collect();
    assert_eq!(told, [("jpg", false, Some("rgb8")), ("depth.png", true, Some("l16")), ("gif", false, None)]);
    assert_eq!(inferred.record.schema.name, "Scans");
    assert!(inferred.notes.contains(&"jpg: pictures: jpeg 37 x 23".to_owned()), "{:?}", inferred.notes);
    // The code that is generated says so as well; of bytes that are no images to decode nothing.
    let descriptions: Vec<_> = fields.iter().map(|field| field.description.as_deref()).collect();
    let seen = [Some("Pictures seen: jpeg 37 x 23."), Some("Pictures seen: png 37 x 23."), None];
    assert_eq!(descriptions, seen);
}
