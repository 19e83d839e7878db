//! Images: files that Pillow wrote, decoded as it decodes them.

use atdata::format::image::{Color, ImageHeader, L8, L16, La8, Rgb8, Rgb16, Rgba8};
use atdata::format::{Image, Pixels};
use atdata::{ErrorKind, PackField, Packable};
use atdata_tests::{fixtures, sha256, unhex};
use ndarray::{Array3, ArrayRef, Ix3, s};
use serde_json::Value as Json;

fn expected() -> serde_json::Map<String, Json> {
    fixtures::json("images/expected.json").as_object().unwrap().clone()
}

fn file(name: &str) -> Vec<u8> {
    fixtures::bytes(&format!("images/{name}"))
}

fn image<C: Color>(name: &str) -> Image<C> {
    Image::from_bytes(file(name)).unwrap()
}

fn is_of(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, of)| of == extension)
}

/// The names of all but the one that is not decoded.
fn names() -> Vec<String> {
    expected().keys().filter(|name| !is_of(name, "gif")).cloned().collect()
}

/// The pixels of a file in a colour, held against what Pillow has: exactly, or within the rounding of another decoder.
fn check<C: Color<Channel = u8>>(name: &str, expected: &Json, mode: &str) {
    let Some(expected) = expected["colours"].get(mode) else { return };
    let pixels = image::<C>(name).decode().unwrap();
    assert_eq!(pixels.dim(), (23, 37, C::CHANNELS), "{name}");
    let pixels = pixels.into_raw_vec_and_offset().0;
    if expected["sha256"] == sha256(&pixels) {
        return;
    }
    let is_lossy = is_of(name, "jpg") || name.starts_with("lossy");
    assert!(is_lossy, "{name} as {mode}");
    let wanted = unhex(expected["data"].as_str().unwrap());
    let (mut largest, mut sum) = (0, 0);
    assert!(wanted.len() == pixels.len() || wanted.len() == 12);
    for (found, wanted) in pixels.iter().zip(&wanted) {
        largest = largest.max(found.abs_diff(*wanted));
        sum += u32::from(found.abs_diff(*wanted));
    }
    // Inks are turned to colours in several ways, none of which is of the format.
    let limit = if name == "cmyk.jpg" { 6 } else { 4 };
    assert!(largest <= limit && sum as usize <= wanted.len(), "{name} as {mode}: {largest}, {sum} of {}", wanted.len());
}

#[test]
fn files_of_pillow_are_decoded_as_pillow_decodes_them() {
    for (name, expected) in &expected() {
        if is_of(name, "gif") {
            continue;
        }
        check::<L8>(name, expected, "L");
        check::<La8>(name, expected, "LA");
        check::<Rgb8>(name, expected, "RGB");
        check::<Rgba8>(name, expected, "RGBA");
    }
    let deep = image::<L16>("deep.png").decode().unwrap();
    let bytes: Vec<_> = deep.iter().flat_map(|value| value.to_le_bytes()).collect();
    assert_eq!(expected()["deep.png"]["colours"]["I;16"]["sha256"], sha256(&bytes));
    let high = image::<L8>("deep.png").decode().unwrap();
    assert!(deep.iter().zip(&high).all(|(deep, high)| deep >> 8 == u16::from(*high)));
    let spread = image::<Rgb16>("colour.png").decode().unwrap();
    assert_eq!(spread, image::<Rgb8>("colour.png").decode().unwrap().mapv(|value| u16::from(value) * 257));
}

#[test]
fn headers_say_what_decoding_gives() {
    for (name, expected) in &expected() {
        let header = ImageHeader::of(&file(name)).unwrap();
        assert_eq!(Json::from(vec![header.width, header.height]), expected["size"], "{name}");
        let color = match (name.as_str(), expected["mode"].as_str().unwrap()) {
            ("transparent.png", _) | (_, "RGBA") => "rgba8",
            ("picture.gif", _) | (_, "RGB" | "P" | "CMYK") => "rgb8",
            (_, "LA") => "la8",
            (_, "I;16") => "l16",
            _ => "l8",
        };
        // Of a WebP without loss that has two frames Pillow makes one more channel than there is.
        assert!(header.color() == color || name == "two_frames.webp", "{name}: {}", header.color());
    }
}

#[test]
fn a_file_that_is_cut_is_an_error_wherever_it_is() {
    for name in names() {
        // Of several frames the first is decoded, and none behind it looked at.
        let bytes = file(if name == "two_frames.webp" { "lossless.webp" } else { &name });
        // What ends within the last marks has all of its pixels.
        for len in (0..bytes.len() - 16).step_by(3) {
            let Ok(image) = Image::<Rgb8>::from_bytes(bytes[..len].to_vec()) else { continue };
            let error = image.decode().expect_err(&format!("{name} of {len} bytes"));
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{name} of {len} bytes: {error}");
        }
    }
}

#[test]
fn damage_is_an_error_or_other_pixels_and_never_a_panic() {
    for name in names() {
        let bytes = file(&name);
        for at in (0..bytes.len()).step_by(5) {
            for value in [0, 0x7f, 0xff, bytes[at] ^ 1] {
                let mut damaged = bytes.clone();
                damaged[at] = value;
                let Ok(image) = Image::<Rgb8>::from_bytes(damaged) else { continue };
                match image.decode_within(100_000) {
                    Ok(pixels) => {
                        let header = image.header().unwrap();
                        assert_eq!(pixels.dim(), (header.height as usize, header.width as usize, 3));
                    }
                    Err(error) => assert!(
                        matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::SchemaMismatch | ErrorKind::Unsupported),
                        "{name} at {at}: {error}"
                    ),
                }
            }
        }
    }
}

#[test]
fn more_pixels_than_the_limit_are_refused_by_the_header() {
    let mut bomb = file("colour.png");
    // Width and height, of which the sum of the chunk is not looked at so early.
    bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    let error = Image::<Rgb8>::from_bytes(bomb).unwrap().decode().unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (
            ErrorKind::Unsupported,
            "expected an image of at most 89478485 pixels, found png 65535 x 65535; `Image::decode_within`, or \
             `Pixels<_, 4294836225>` as the type of the field, takes it"
        )
    );
    let small = image::<Rgb8>("colour.jpg");
    assert!(small.decode_within(37 * 23).is_ok());
    assert_eq!(small.decode_within(37 * 23 - 1).unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn what_is_no_image_is_told() {
    for (bytes, expected) in [
        (&b""[..], "expected a JPEG, PNG or WebP image, found no bytes"),
        (b"\x93NUMPY\x01\0", "expected a JPEG, PNG or WebP image, found an npy file"),
        (b"II*\0\x08\0\0\0", "expected a JPEG, PNG or WebP image, found a tiff image, which is not decoded"),
        (b"GIF89a\x20\0\x10\0", "expected a JPEG, PNG or WebP image, found a gif image, which is not decoded"),
    ] {
        let error = Image::<Rgb8>::from_bytes(bytes).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::SchemaMismatch, expected));
    }
    let cut = Image::<Rgb8>::from_bytes(&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..]).unwrap();
    assert_eq!(cut.decode().unwrap_err().to_string(), "the png image ends before its header does");
}

/// Slopes in all channels.
fn slopes<C: Color>(value: impl Fn(usize) -> C::Channel) -> Array3<C::Channel> {
    Array3::from_shape_fn((5, 7, C::CHANNELS), |(y, x, channel)| value((y * 7 + x) * 4 + channel))
}

fn comes_back<C: Color>(pixels: &ArrayRef<C::Channel, Ix3>) {
    let image = Image::<C>::encode(pixels).unwrap();
    assert_eq!(image.header().unwrap().color(), C::NAME);
    assert_eq!(image.decode().unwrap(), pixels);
}

#[test]
fn arrays_are_written_as_png_files_that_lose_nothing() {
    use atdata::format::image::{La16, Rgba16};

    let plain = |at: usize| u8::try_from(at * 7 % 256).unwrap();
    let deep = |at: usize| u16::try_from(at * 1733 % 65536).unwrap();
    comes_back::<L8>(&slopes::<L8>(plain));
    comes_back::<La8>(&slopes::<La8>(plain));
    comes_back::<Rgb8>(&slopes::<Rgb8>(plain));
    comes_back::<Rgba8>(&slopes::<Rgba8>(plain));
    comes_back::<L16>(&slopes::<L16>(deep));
    comes_back::<La16>(&slopes::<La16>(deep));
    comes_back::<Rgb16>(&slopes::<Rgb16>(deep));
    comes_back::<Rgba16>(&slopes::<Rgba16>(deep));
    // However it lies in memory.
    comes_back::<Rgb8>(&slopes::<Rgb8>(plain).slice(s![..;-1, ..;2, ..]));

    let error = Image::<Rgb8>::encode(&Array3::zeros((4, 4, 1))).unwrap_err();
    assert_eq!(error.to_string(), "expected an array (height, width, 3) for an image, found [4, 4, 1]");
    let error = Image::<Rgb8>::encode(&Array3::zeros((0, 4, 3))).unwrap_err();
    assert_eq!((error.kind(), error.to_string().contains("0 x 4 pixels")), (ErrorKind::InvalidInput, true));
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Photo {
    image: Image,
    thumbnail: Pixels<L8>,
    #[packable(ragged)]
    views: Pixels,
    small: Option<Pixels<Rgb8, 1000>>,
}

fn photo(name: &str) -> Photo {
    let pixels = |bytes: &[u8]| Pixels::unpack_field(bytes);
    Photo {
        image: image(name),
        thumbnail: slopes::<L8>(|at| u8::try_from(at % 256).unwrap()).into(),
        views: pixels(&file(name)),
        small: None,
    }
}

/// A field by itself.
trait Unpacked: PackField {
    fn unpack_field(file: &[u8]) -> Self {
        let mut packed = Vec::new();
        bytes::Bytes::copy_from_slice(file).write(&mut packed);
        Self::read(&mut atdata::field::Cursor::new(&packed)).unwrap()
    }
}

impl<T: PackField> Unpacked for T {}

#[test]
fn what_was_read_is_written_byte_for_byte() {
    for name in names() {
        let photo = photo(&name);
        let packed = photo.pack();
        let read = Photo::unpack(&packed).unwrap();
        assert_eq!((&read, read.pack() == packed), (&photo, true), "{name}");
        assert_eq!(*read.image.as_bytes(), file(&name));
    }
    assert_eq!(format!("{:?}", photo("colour.jpg").image), "image<jpeg 37 x 23, 956 bytes>");
    assert_eq!(format!("{:?}", photo("colour.jpg").thumbnail), "pixels<l8 (5, 7, 1)>");
    assert_eq!(
        Photo::SCHEMA.to_string(),
        "Photo@1.0.0 { image: bytes, thumbnail: bytes, views: bytes, small: bytes? }"
    );
    let colors = Photo::SCHEMA.fields.iter().map(|field| field.image);
    assert_eq!(colors.collect::<Vec<_>>(), [Some("rgb8"), Some("l8"), Some("rgb8"), Some("rgb8")]);
}

#[test]
fn a_pixel_too_many_is_not_written_either() {
    let mut photo = photo("colour.jpg");
    photo.small = Some(Array3::zeros((100, 10, 3)).into());
    assert!(photo.try_pack().is_ok());
    photo.small = Some(Array3::zeros((1001, 1, 3)).into());
    let error = photo.try_pack().unwrap_err();
    assert!(
        error.to_string().starts_with("small: expected an image of at most 1000 pixels, found png 1 x 1001; "),
        "{error}"
    );
    photo.small = Some(Array3::zeros((10, 10, 4)).into());
    let error = photo.try_pack().unwrap_err();
    assert!(error.to_string().contains("expected an array (height, width, 3)"), "{error}");
}
