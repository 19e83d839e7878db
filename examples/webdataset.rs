//! Shards in the habits of others, each typed in a few lines: `cargo run --release --example webdataset`.
//!
//! The shards are written here by the crate `tar`, as the tools that the functions are named after write them: none of them
//! knows of atdata.

use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};

use atdata::bytes::Bytes;
use atdata::field::{MemberCodec, Wanted};
use atdata::format::image::L8;
use atdata::format::{Image, Pixels};
use atdata::{Dataset, DynArray, ErrorKind, Packable, Value};
use ndarray::{Array1, Array3, Array4};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    img2dataset(folder.path())?;
    hugging_face_audio(folder.path())?;
    segmentation(folder.path())?;
    cameras(folder.path())?;
    folders(folder.path())?;
    println!("All typed.");
    Ok(())
}

/// `jpg`, `txt` and `json` under nine digits; what a web page did not say is NaN in the JSON, and failed downloads are missing.
fn img2dataset(folder: &Path) -> Result<()> {
    /// Some of what it writes: the rest is passed over.
    #[derive(Packable, Debug, Clone)]
    #[packable(allow_unknown)]
    struct Found {
        url: String,
        width: i64,
        height: i64,
        similarity: Option<f64>,
    }

    #[derive(Packable, Debug, Clone)]
    #[packable(layout = "members")]
    struct Sample {
        #[packable(member = "jpg|png|webp", ragged)]
        image: Pixels,
        #[packable(member = "txt")]
        caption: Option<String>,
        #[packable(member = "json")]
        found: Found,
    }

    let json = |similarity: &str| {
        format!(
            r#"{{"caption":"a slope","url":"https://example.com/a.jpg","key":"000000000","status":"success",
                "error_message":null,"width":48,"height":32,"original_width":480,"original_height":320,"exif":"{{}}",
                "sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","similarity":{similarity}}}"#
        )
    };
    let shard = shard(
        folder,
        "00000.tar",
        &[
            ("000000000.jpg", &picture(32, 48)?),
            ("000000000.txt", b"a slope"),
            ("000000000.json", json("0.31").as_bytes()),
            ("000000002.jpg", &picture(32, 48)?),
            ("000000002.json", json("NaN").as_bytes()),
        ],
    )?;

    let samples = Dataset::<Sample>::open(shard)?.filter(|sample| sample.found.width >= 32);
    let samples: Vec<_> = samples.ordered().collect::<atdata::Result<_>>()?;
    for Sample { image, caption, found } in &samples {
        println!("{}: {:?}, {caption:?}, {:?}", found.url, image.array().dim(), found.similarity);
        check(image.array().dim().0 == usize::try_from(found.height)?)?;
    }
    check(samples.len() == 2 && samples.last().is_some_and(|sample| sample.found.similarity.is_some_and(f64::is_nan)))
}

/// `wav` and `json`, as audio sets on the hub have them.
fn hugging_face_audio(folder: &Path) -> Result<()> {
    #[derive(Packable, Debug)]
    struct Spoken {
        text: String,
        speaker_id: i64,
    }

    #[derive(Packable, Debug)]
    #[packable(layout = "members")]
    struct Utterance {
        #[packable(key)]
        id: String,
        #[packable(member = "wav", codec = Pcm, ragged)]
        samples: Array1<i16>,
        #[packable(member = "json")]
        spoken: Spoken,
    }

    let tone: Vec<i16> = (0..1600).map(|at| (at % 40 - 20) * 1000).collect();
    let shard = shard(
        folder,
        "audio-0000.tar",
        &[
            ("1272-128104-0000.wav", &wav(&tone)),
            ("1272-128104-0000.json", br#"{"text": "mister quilter", "speaker_id": 1272}"#),
        ],
    )?;

    let utterances = Dataset::<Utterance>::open(shard)?;
    let Utterance { id, samples, spoken } = utterances.get("1272-128104-0000")?;
    println!("{id}: {} samples of {}, {:?}", samples.len(), spoken.speaker_id, spoken.text);
    check(samples.to_vec() == tone)
}

/// Sound of 16 bits behind the header that most files have.
#[derive(Debug)]
struct Pcm;

impl MemberCodec for Pcm {
    fn decode(&self, content: &Bytes, _: Wanted<'_>) -> atdata::Result<Value> {
        let (Some((b"RIFF", _)), Some(data)) = (content.split_first_chunk::<4>(), content.get(44..)) else {
            return Err(atdata::Error::new(ErrorKind::Corrupt, "expected a WAV file with a header of 44 bytes"));
        };
        let samples: Array1<i16> = data.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect();
        Ok(Value::Bin(DynArray::from_array(&samples).to_bytes().into()))
    }

    fn encode(&self, value: &Value, _: Wanted<'_>) -> atdata::Result<Bytes> {
        let bytes = value.as_bytes().cloned().unwrap_or_default();
        let samples = DynArray::from_bytes(&bytes)?.to_array::<i16, ndarray::Ix1>()?;
        Ok(wav(&samples.to_vec()).into())
    }
}

/// A picture and what belongs to it, told apart by a second extension.
fn segmentation(folder: &Path) -> Result<()> {
    #[derive(Packable)]
    #[packable(layout = "members")]
    struct Scene {
        #[packable(member = "jpg|png")]
        image: Pixels,
        #[packable(member = "seg.png")]
        classes: Pixels<L8>,
        #[packable(member = "depth.png")]
        depth: Option<Image<L8>>,
    }

    let mask = Image::<L8>::encode(&Array3::from_elem((32, 48, 1), 7))?;
    let shard = shard(
        folder,
        "scenes.tar",
        &[
            ("0001.png", &picture(32, 48)?),
            ("0001.seg.png", mask.as_bytes()),
            ("0002.png", &picture(32, 48)?),
            ("0002.seg.png", mask.as_bytes()),
            ("0002.depth.png", mask.as_bytes()),
        ],
    )?;

    for batch in Dataset::<Scene>::open(shard)?.batches(2) {
        let batch = batch?;
        let (images, classes): (&Array4<u8>, &Array4<u8>) = (&batch.image, &batch.classes);
        println!(
            "images {:?}, classes {:?}, {} with depth",
            images.dim(),
            classes.dim(),
            batch.depth.iter().flatten().count()
        );
        check(images.dim() == (2, 32, 48, 3) && classes.iter().all(|class| *class == 7))?;
    }
    Ok(())
}

/// Names as cameras give them, in capitals.
fn cameras(folder: &Path) -> Result<()> {
    #[derive(Packable)]
    #[packable(layout = "members")]
    struct Shot {
        #[packable(key)]
        name: String,
        #[packable(member = "jpg")]
        image: Image,
        cls: i64,
    }

    let shard = shard(folder, "shots.tar", &[("IMG_0001.JPG", &picture(32, 48)?), ("IMG_0001.CLS", b"3\n")])?;
    let shot = Dataset::<Shot>::open(shard)?.head(1)?.remove(0);
    println!("{}: {}, class {}", shot.name, shot.image.header()?, shot.cls);
    check(shot.name == "IMG_0001" && shot.cls == 3)
}

/// What a folder for each split and class was packed to.
fn folders(folder: &Path) -> Result<()> {
    #[derive(Packable)]
    #[packable(layout = "members", path = "{split}/{class}/{id}")]
    struct Photo {
        split: String,
        class: String,
        id: u32,
        jpg: Image,
    }

    let shard = shard(
        folder,
        "animals.tar",
        &[
            ("train/cat/0001.jpg", &picture(32, 48)?),
            ("train/dog/0002.jpg", &picture(24, 24)?),
            ("test/cat/0003.jpg", &picture(32, 48)?),
        ],
    )?;

    let photos = Dataset::<Photo>::open(&shard)?;
    let cats = photos.filter(|photo| photo.class == "cat");
    println!("{} photographs, {} of cats", photos.len()?, cats.len()?);
    let Photo { split, id, jpg, .. } = photos.get("train/dog/0002")?;
    check(cats.len()? == 2 && (split.as_str(), id) == ("train", 2) && jpg.header()?.width == 24)
}

/// Writes a tar archive of these files.
fn shard(folder: &Path, name: &str, files: &[(&str, &[u8])]) -> Result<PathBuf> {
    let path = folder.join(name);
    let mut archive = tar::Builder::new(File::create(&path)?);
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len().try_into()?);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, *content)?;
    }
    archive.into_inner()?.sync_all()?;
    Ok(path)
}

/// A file of a slope. It says itself what it is, whatever its name.
fn picture(height: usize, width: usize) -> Result<Vec<u8>> {
    let slope =
        |(y, x, channel): (usize, usize, usize)| u8::try_from((y * 3 + x * 2 + channel * 50) % 256).unwrap_or(0);
    Ok(Image::<atdata::format::image::Rgb8>::encode(&Array3::from_shape_fn((height, width, 3), slope))?
        .into_bytes()
        .to_vec())
}

/// A WAV file of one channel at 16 kHz.
fn wav(samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let len = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut file = [&b"RIFF"[..], &(len + 36).to_le_bytes(), b"WAVEfmt ", &16_u32.to_le_bytes()].concat();
    for part in [1_u16, 1] {
        file.extend(part.to_le_bytes());
    }
    file.extend(16_000_u32.to_le_bytes());
    file.extend(32_000_u32.to_le_bytes());
    for part in [2_u16, 16] {
        file.extend(part.to_le_bytes());
    }
    file.extend(b"data");
    file.extend(len.to_le_bytes());
    file.extend(data);
    file
}

/// What an example shows has to be so.
fn check(holds: bool) -> Result<()> {
    if holds { Ok(()) } else { Err("the samples are not those that were written".into()) }
}
