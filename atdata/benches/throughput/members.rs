//! Plain `WebDataset` shards: groups and typed members, beside the `tar` crate and, where `ATDATA_BENCH_PYTHON` names a Python
//! that has it, beside `webdataset`; the same samples packed; images decoded, beside the decoder alone and Pillow.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use atdata::bytes::Bytes;
use atdata::shard::GroupRef;
use atdata::{Dataset, Group, Packable};
use tempfile::TempDir;

use crate::measure::Options;
use crate::python::Python;

const BATCH: usize = 32;
const PHOTO: &[u8] = include_bytes!("photo.jpg");

#[derive(Packable, Debug, Clone)]
struct Meta {
    url: String,
    width: i64,
    height: i64,
}

#[derive(Packable, Debug, Clone)]
#[packable(layout = "members")]
struct Photo {
    #[packable(member = "jpg")]
    image: Bytes,
    cls: i64,
    #[packable(member = "json")]
    meta: Meta,
}

#[derive(Packable, Debug, Clone)]
#[packable(name = "Photo")]
struct Packed {
    image: Bytes,
    cls: i64,
    meta: Meta,
}

pub(crate) fn run(options: &Options) {
    if !options.wants("members") && !options.wants("members, decoded") {
        return;
    }
    let samples = options.samples(2000);
    let shards = Shards::write(samples);
    let bytes = std::fs::metadata(&shards.plain).unwrap().len();
    members(options, &shards, samples, bytes);
    #[cfg(feature = "image")]
    decoding::run(options, &shards, samples);
}

fn members(options: &Options, shards: &Shards, samples: usize, bytes: u64) {
    // Longer than the table, which asks it.
    let mut python = Python::able(&shards.plain, "groups");
    let Some(mut table) = options.table("members", samples, bytes) else { return };
    table.base("tar crate: members read, and grouped by key", || groups_of_tar(&shards.plain));
    table.row("read() of the file, 256 KiB at a time", || read(&shards.plain));
    table.is_limit("read");
    table.row("Dataset::<Group>: ordered()", || {
        let groups = Dataset::<Group>::open(&shards.plain).unwrap();
        groups.ordered().map(|group| black_box(group.unwrap()).member("jpg").unwrap().len() as u64).sum()
    });
    table.row("the same raw, as GroupRef", || {
        let mut groups = Dataset::<Group>::open(&shards.plain).unwrap().raw();
        let mut sum = 0;
        while let Some(group) = groups.next() {
            sum += black_box(group.unwrap().view::<GroupRef>().unwrap()).member("jpg").unwrap().len() as u64;
        }
        sum
    });
    table.row("typed members: ordered()", || {
        Dataset::<Photo>::open(&shards.plain).unwrap().ordered().map(|photo| length(&black_box(photo.unwrap()))).sum()
    });
    table.row("typed members: batches(32)", || {
        Dataset::<Photo>::open(&shards.plain)
            .unwrap()
            .batches(BATCH)
            .map(|batch| black_box(batch.unwrap()).len() as u64)
            .sum()
    });
    table.row("the same packed: ordered()", || {
        let photos = Dataset::<Packed>::open(&shards.packed).unwrap();
        photos.ordered().map(|photo| black_box(photo.unwrap()).image.len() as u64).sum()
    });
    table.row("the same packed: batches(32)", || {
        let photos = Dataset::<Packed>::open(&shards.packed).unwrap();
        photos.batches(BATCH).map(|batch| black_box(batch.unwrap()).len() as u64).sum()
    });
    if let Some(python) = &mut python {
        table.row("Python: webdataset, no decoding", || python.run("groups"));
    }
    table.print();
}

fn read(path: &Path) -> u64 {
    let (mut file, mut buffer, mut sum) = (File::open(path).unwrap(), vec![0; 256 << 10], 0);
    loop {
        match file.read(&mut buffer).unwrap() {
            0 => return sum,
            len => sum += black_box(len) as u64,
        }
    }
}

fn length(photo: &Photo) -> u64 {
    (photo.image.len() + photo.meta.url.len()) as u64
}

fn groups_of_tar(path: &Path) -> u64 {
    let mut archive = tar::Archive::new(BufReader::with_capacity(1 << 20, File::open(path).unwrap()));
    let (mut sum, mut current, mut group) = (0, String::new(), Vec::<(String, Vec<u8>)>::new());
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        let (key, field) = name.split_once('.').unwrap();
        if key != current {
            sum += black_box(std::mem::take(&mut group)).iter().map(|(_, content)| content.len() as u64).sum::<u64>();
            key.clone_into(&mut current);
        }
        let mut content = Vec::with_capacity(usize::try_from(entry.size()).unwrap());
        entry.read_to_end(&mut content).unwrap();
        group.push((field.to_owned(), content));
    }
    sum + group.len() as u64
}

#[cfg(feature = "image")]
mod decoding {
    use atdata::format::image::stack;
    use atdata::format::{Image, Pixels};
    use zune_core::bytestream::ZCursor;
    use zune_jpeg::JpegDecoder;

    use super::{BATCH, Dataset, Options, PHOTO, Packable, Python, Shards, black_box};

    #[derive(Packable, Debug, Clone)]
    #[packable(layout = "members", allow_unknown)]
    struct Decoded {
        #[packable(member = "jpg")]
        image: Pixels,
        cls: i64,
    }

    #[derive(Packable, Debug, Clone)]
    #[packable(layout = "members", allow_unknown)]
    struct Encoded {
        #[packable(member = "jpg")]
        image: Image,
        cls: i64,
    }

    pub(super) fn run(options: &Options, shards: &Shards, samples: usize) {
        const PIXELS: usize = 256 * 256 * 3;
        let mut python = Python::able(&shards.plain, "decoded");
        let mut alone = Python::able(&shards.plain, "pillow");
        let Some(mut table) = options.table("members, decoded", samples, (samples * PIXELS) as u64) else { return };
        table.base("the decoder alone, to one buffer", || {
            let mut buffer = vec![0; PIXELS];
            for _ in 0..samples {
                JpegDecoder::new(ZCursor::new(PHOTO)).decode_into(&mut buffer).unwrap();
                black_box(&buffer);
            }
            samples as u64
        });
        table.is_limit("decoder");
        table.row_with_aim("Pixels: batches(32), decoded in place", 0.9, || {
            let photos = Dataset::<Decoded>::open(&shards.plain).unwrap();
            photos.batches(BATCH).map(|batch| black_box(batch.unwrap()).image.len() as u64).sum()
        });
        table.row("Pixels: ordered()", || {
            let photos = Dataset::<Decoded>::open(&shards.plain).unwrap();
            photos.ordered().map(|photo| black_box(photo.unwrap()).image.array().len() as u64).sum()
        });
        table.row("Image: batches(32), then stack()", || {
            let photos = Dataset::<Encoded>::open(&shards.plain).unwrap();
            photos.batches(BATCH).map(|batch| black_box(stack(&batch.unwrap().image).unwrap()).len() as u64).sum()
        });
        table.row("Image: ordered(), headers alone", || {
            let photos = Dataset::<Encoded>::open(&shards.plain).unwrap();
            photos.ordered().map(|photo| u64::from(black_box(photo.unwrap()).image.header().unwrap().width)).sum()
        });
        if let Some(python) = &mut python {
            table.row("Python: webdataset, Pillow, numpy.stack of 32", || python.run("decoded"));
        }
        // Of 2,000 pictures, whatever the table has.
        if let (Some(python), 2000) = (&mut alone, samples) {
            table.row("Python: Pillow alone, which is libjpeg-turbo", || python.run("pillow"));
        }
        table.print();
    }
}

/// The samples in both layouts.
struct Shards {
    plain: PathBuf,
    packed: PathBuf,
    _folder: TempDir,
}

impl Shards {
    fn write(samples: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let meta = |at: usize| Meta { url: format!("https://example.com/{at}.jpg"), width: 256, height: 256 };
        let class = |at: usize| i64::try_from(at % 10).unwrap();
        let image = Bytes::from_static(PHOTO);
        let [plain, packed] = ["plain.tar", "packed.tar"].map(|name| folder.path().join(name));
        let photo = |at| Photo { image: image.clone(), cls: class(at), meta: meta(at) };
        Dataset::write(&plain, (0..samples).map(photo)).unwrap();
        let photo = |at| Packed { image: image.clone(), cls: class(at), meta: meta(at) };
        Dataset::write(&packed, (0..samples).map(photo)).unwrap();
        Self { plain, packed, _folder: folder }
    }
}
