//! Flattened fields: those of one sample type among those of another.
#![allow(clippy::unwrap_used, missing_docs)]

use std::time::Duration;

use atdata::field::{Column, Cursor};
use atdata::{Batch, Dataset, DictSample, ErrorKind, Lens, Packable, PackableRef, PutLens, Value};
use ndarray::{Array1, array};

mod millis {
    use std::time::Duration;

    pub(super) type Wire = u64;

    pub(super) fn to_wire(value: &Duration) -> Wire {
        u64::try_from(value.as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn from_wire(wire: Wire) -> Result<Duration, String> {
        if wire > 60_000 { Err(format!("{wire} ms are no exposure")) } else { Ok(Duration::from_millis(wire)) }
    }
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Exposure {
    #[packable(with = millis)]
    time: Duration,
    /// Of the film.
    #[packable(default = 100)]
    iso: i64,
}

/// What took the picture.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(rename_all = "camelCase", version = "3.0.0")]
struct Camera {
    #[packable(alias = "camera")]
    model_name: String,
    /// How.
    #[packable(flatten)]
    exposure: Exposure,
    #[packable(shape = [2], cast)]
    focus: Array1<f32>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Place {
    lat: f64,
    #[packable(default)]
    name: Option<String>,
    #[packable(ragged)]
    track: Array1<i32>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Photo {
    id: i64,
    #[packable(flatten)]
    camera: Camera,
    label: Option<String>,
    #[packable(skip)]
    seen: bool,
    #[packable(flatten)]
    place: Place,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(name = "Photo")]
struct ByHand {
    id: i64,
    #[packable(rename = "modelName", alias = "camera")]
    model_name: String,
    #[packable(with = millis)]
    time: Duration,
    /// Of the film.
    #[packable(default = 100)]
    iso: i64,
    #[packable(shape = [2], cast)]
    focus: Array1<f32>,
    label: Option<String>,
    lat: f64,
    #[packable(default)]
    name: Option<String>,
    #[packable(ragged)]
    track: Array1<i32>,
}

fn photo(id: i64) -> Photo {
    Photo {
        id,
        camera: Camera {
            model_name: format!("F{id}"),
            exposure: Exposure { time: Duration::from_millis(8), iso: 400 },
            focus: array![0.5, 2.0],
        },
        label: (id % 2 == 0).then(|| "cat".to_owned()),
        seen: false,
        place: Place { lat: 47.5, name: None, track: Array1::from_iter(0..i32::try_from(id).unwrap()) },
    }
}

fn by_hand(photo: Photo) -> ByHand {
    let Photo { id, camera, label, place, .. } = photo;
    let Camera { model_name, exposure: Exposure { time, iso }, focus } = camera;
    let Place { lat, name, track } = place;
    ByHand { id, model_name, time, iso, focus, label, lat, name, track }
}

#[test]
fn it_is_the_type_that_one_would_write_by_hand() {
    for id in 0..3 {
        let (photo, by_hand) = (photo(id), by_hand(photo(id)));
        assert_eq!(photo.try_pack().unwrap(), by_hand.try_pack().unwrap());
        assert_eq!(Photo::unpack(&by_hand.pack()).unwrap(), photo);
        assert_eq!(ByHand::unpack(&photo.pack()).unwrap(), by_hand);
    }
    assert_eq!(
        Photo::SCHEMA.to_string(),
        "Photo@1.0.0 { id: int, modelName: str, time: int, iso: int, focus: array<float32, (2)>, label: str?, lat: float, \
         name: str?, track: array<int32, 1-d> }"
    );
    assert_eq!(Photo::SCHEMA, ByHand::SCHEMA, "descriptions and defaults as well");
    assert_eq!(Photo::SCHEMA.field("iso").unwrap().description, Some("Of the film."));
}

fn dict() -> DictSample {
    DictSample::unpack(&photo(2).pack()).unwrap()
}

#[track_caller]
fn assert_refused(sample: &DictSample, message: &str) {
    let error = sample.to::<Photo>().unwrap_err();
    assert_eq!((error.to_string().as_str(), error.kind()), (message, ErrorKind::SchemaMismatch));
    let by_hand = sample.to::<ByHand>().unwrap_err();
    assert_eq!(error.to_string(), by_hand.to_string().replace("ByHand", "Photo"));
    let mut builder = <Photo as Packable>::Builder::with_capacity(1);
    assert_eq!(builder.read(&mut Cursor::new(&sample.pack())).unwrap_err().to_string(), message);
}

#[test]
fn errors_are_those_of_the_fields() {
    let with = |name: &str, value: Value| {
        let mut sample = dict();
        sample.insert(name, value);
        sample
    };
    let without = |name: &str| {
        let mut sample = dict();
        sample.remove(name).unwrap();
        sample
    };
    assert_refused(&with("iso", "fast".into()), "Photo.iso: expected an integer, found a string");
    assert_refused(&with("time", 90_000_i64.into()), "Photo.time: 90000 ms are no exposure");
    assert_refused(&with("focus", Value::from(&array![1.0_f32])), "Photo.focus: expected shape [2], found [1]");
    assert_refused(&with("lat", "north".into()), "Photo.lat: expected a float, found a string");
    let present = r#""id", "modelName", "iso", "focus", "label", "lat", "name", "track""#;
    assert_refused(&without("time"), &format!("Photo.time: the field is missing; the sample has {present}"));
    let known = r#""id", "modelName", "time", "iso", "focus", "label", "lat", "name", "track""#;
    assert_refused(
        &with("exposure", 1_i64.into()),
        &format!(
            "Photo: unknown field \"exposure\"; the type has {known} (`#[packable(allow_unknown)]` skips fields that it does \
             not know)"
        ),
    );
    assert_refused(
        &with("camera", "F3".into()),
        "Photo.modelName: the sample has the field twice, as \"modelName\" and as \"camera\"; one of them has to go",
    );
    let mut odd = photo(2);
    odd.camera.focus = array![1.0];
    assert_eq!(odd.try_pack().unwrap_err().to_string(), "focus: expected shape [2], found [1]");
}

#[test]
fn fields_come_in_any_order_with_older_names_and_without_those_that_have_a_default() {
    let backwards: DictSample =
        dict().iter().collect::<Vec<_>>().into_iter().rev().map(|(name, value)| (name, value.clone())).collect();
    assert_eq!(backwards.to::<Photo>().unwrap(), photo(2));
    let mut older = dict();
    let model = older.remove("modelName").unwrap();
    older.insert("camera", model);
    older.remove("iso");
    older.remove("name");
    older.remove("label");
    older.insert("focus", Value::from(&array![0.5_f64, 2.0]));
    let mut expected = photo(2);
    (expected.camera.exposure.iso, expected.label) = (100, None);
    assert_eq!(older.to::<Photo>().unwrap(), expected);
    let mut twice = vec![0x8a];
    twice.extend_from_slice(&photo(2).pack()[1..]);
    twice.extend_from_slice(b"\xa3iso\x07");
    assert_eq!(Photo::unpack(&twice).unwrap().camera.exposure.iso, 7, "the last value counts");
}

#[test]
fn a_batch_holds_the_batch_of_the_type() {
    let photos: Vec<_> = (0..3).map(photo).collect();
    let batch = PhotoBatch::from_samples(photos.clone()).unwrap();
    assert_eq!((batch.len(), &batch.camera.exposure.iso), (3, &vec![400; 3]));
    assert_eq!(batch.camera.focus.shape(), [3, 2]);
    assert_eq!(batch.place.track[2], array![0, 1]);
    assert_eq!(batch.to_samples(), photos);
    assert_eq!(batch.row(3), None);

    let mut builder = <Photo as Packable>::Builder::reuse(batch, 2);
    builder.read(&mut Cursor::new(&photos[1].pack())).unwrap();
    let mut damaged = photos[2].pack();
    damaged.truncate(damaged.len() - 1);
    builder.read(&mut Cursor::new(&damaged)).unwrap_err();
    let mut odd = photos[2].clone();
    odd.camera.focus = array![1.0];
    let error = builder.push(odd).unwrap_err();
    assert!(error.to_string().starts_with("focus: "), "{error}");
    builder.push(photos[0].clone()).unwrap();
    let batch = builder.finish().unwrap();
    assert!(batch.is_even());
    assert_eq!(batch.to_samples(), [photos[1].clone(), photos[0].clone()], "of what failed nothing is left");
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(view_of = Photo)]
struct Taken {
    #[packable(from = "camera.exposure.iso")]
    speed: i64,
    id: i64,
    #[packable(from = "place.name")]
    place: Option<String>,
    #[packable(from = "camera.model_name")]
    model: String,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Iso {
    #[packable(flatten)]
    exposure: Speed,
    id: i64,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Speed {
    #[packable(default = 100)]
    iso: i64,
}

#[test]
fn views_look_into_it() {
    let taken = Taken { speed: 400, id: 2, place: None, model: "F2".into() };
    assert_eq!(Taken::LENS.get(&photo(2)), taken);
    let put = Taken::LENS.put(&Taken { speed: 50, place: Some("here".into()), ..taken.clone() }, &photo(2));
    assert_eq!((put.camera.exposure.iso, put.place.name.as_deref()), (50, Some("here")));
    assert_eq!(atdata::lens::project::<Photo, Iso>(&photo(2)).unwrap(), Iso { exposure: Speed { iso: 400 }, id: 2 });

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photos.tar");
    let mut older = dict();
    older.remove("iso");
    Dataset::write(&path, [dict(), older]).unwrap();
    let dataset = Dataset::<Photo>::open(&path).unwrap();
    let views: Vec<_> = dataset.as_type::<Taken>().ordered().map(Result::unwrap).collect();
    assert_eq!(views, [taken.clone(), Taken { speed: 100, ..taken }], "the default is that of the flattened type");
    let batch = dataset.as_type::<Taken>().batches(2).next().unwrap().unwrap();
    assert_eq!(batch.speed, [400, 100]);
    let batch = dataset.batches(2).next().unwrap().unwrap();
    assert_eq!(batch.camera.exposure.iso, [400, 100]);
    let projected: Vec<_> = dataset.project::<Iso>().ordered().map(|view| view.unwrap().exposure.iso).collect();
    assert_eq!(projected, [400, 100]);
}

#[derive(Packable, Debug, PartialEq)]
#[packable(allow_unknown)]
struct PhotoRef<'a> {
    #[packable(flatten)]
    camera: CameraRef<'a>,
    label: Option<String>,
    #[packable(flatten)]
    place: Place,
}

#[derive(Packable, Debug, PartialEq)]
struct CameraRef<'a> {
    #[packable(rename = "modelName", alias = "camera")]
    model: &'a str,
    #[packable(flatten)]
    exposure: Exposure,
}

#[test]
fn borrowed_types_are_flattened_too() {
    let bytes = photo(2).pack();
    let Photo { camera, label, place, .. } = photo(2);
    let read = PhotoRef::unpack_ref(&bytes).unwrap();
    assert_eq!(read, PhotoRef { camera: CameraRef { model: "F2", exposure: camera.exposure }, label, place });
    assert!(bytes.as_ptr_range().contains(&read.camera.model.as_ptr()));
    assert_eq!(
        PhotoRef::REF_SCHEMA.to_string(),
        "PhotoRef@1.0.0 { modelName: str, time: int, iso: int, label: str?, lat: float, name: str?, track: array<int32, 1-d> }"
    );
    let mut lacking = dict();
    lacking.remove("time");
    let bytes = lacking.pack();
    let error = PhotoRef::unpack_ref(&bytes).unwrap_err();
    assert!(error.to_string().starts_with("PhotoRef.time: the field is missing"), "{error}");
}

macro_rules! wide {
    ($($field:ident)*) => {
        #[derive(Packable, Debug, Clone, PartialEq)]
        struct Wide {
            $($field: i64,)*
            #[packable(flatten)]
            place: Place,
            last: i64,
        }

        impl Wide {
            fn new() -> Self {
                let mut number = 0;
                $(
                    number += 1;
                    let $field = number;
                )*
                Self { $($field,)* place: photo(2).place, last: number + 1 }
            }
        }
    };
}

wide!(a b c d e f g h i j k l m n o p q r s t u v w x y z);

#[derive(Packable, Debug, Clone, PartialEq)]
struct Album {
    cover: Photo,
    others: Vec<Photo>,
    #[packable(flatten)]
    wide: Wide,
}

#[test]
fn it_goes_with_width_and_with_nesting() {
    let album = Album { cover: photo(1), others: vec![photo(0), photo(2)], wide: Wide::new() };
    let packed = album.try_pack().unwrap();
    assert_eq!(Album::unpack(&packed).unwrap(), album);
    let dict = DictSample::unpack(&packed).unwrap();
    assert_eq!(dict.len(), 32);
    assert_eq!(dict.keys().skip(27).collect::<Vec<_>>(), ["z", "lat", "name", "track", "last"]);
    assert_eq!((&dict["z"], &dict["last"]), (&Value::Int(26), &Value::Int(27)));
    assert_eq!(dict["cover"].get("iso"), Some(&Value::Int(400)));
    let batch = AlbumBatch::from_samples([album.clone(), album.clone()]).unwrap();
    assert_eq!((batch.wide.place.lat.len(), batch.row(1)), (2, Some(album)));
    let mut wrong = dict;
    wrong.insert("track", 3);
    let error = wrong.to::<Album>().unwrap_err();
    assert!(error.to_string().starts_with("Album.track: expected an array"), "{error}");
}
