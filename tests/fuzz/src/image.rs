//! The file of an image, of any format, decoded to several colours.

use atdata::ErrorKind;
use atdata::format::Image;
use atdata::format::image::{Color, L8, Rgb8, Rgba16};

/// More pixels would not show more, and take longer.
const LIMIT: u64 = 1 << 20;

/// See the module.
pub fn run(data: &[u8]) {
    let Ok(image) = Image::<Rgb8>::from_bytes(data.to_vec()) else { return };
    decoded(&image);
    decoded(&image.to_color::<L8>());
    decoded(&image.to_color::<Rgba16>());
}

fn decoded<C: Color>(image: &Image<C>) {
    match image.decode_within(LIMIT) {
        Ok(pixels) => {
            let header = image.header().expect("what was decoded has a header");
            assert_eq!(pixels.dim(), (header.height as usize, header.width as usize, C::CHANNELS));
        }
        Err(error) => assert!(matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Unsupported), "{error}"),
    }
}
