//! Files of images, a few pixels large.

use png::{ColorType, Encoder};
use proptest::prelude::{Just, any, prop_oneof};
use proptest::strategy::{BoxedStrategy, Strategy};

use crate::sample::Value;

/// Sides of an image at most.
const FEW: u32 = 3;

/// Files of images, grey for a colour that is, or nulls if they may be.
pub(super) fn images(color: &'static str, optional: bool) -> BoxedStrategy<Value> {
    let color = if color.starts_with('l') { ColorType::Grayscale } else { ColorType::Rgba };
    let images = (1..=FEW, 1..=FEW, any::<u8>());
    let images = images.prop_map(move |(height, width, value)| Value::from(file(color, [height, width], value)));
    if optional { prop_oneof![1 => Just(Value::Nil), 3 => images].boxed() } else { images.boxed() }
}

/// An image of one value, which an encoder has nothing to say against.
fn file(color: ColorType, [height, width]: [u32; 2], value: u8) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    let data = vec![value; (height * width) as usize * color.samples()];
    if let Ok(mut writer) = encoder.write_header() {
        writer.write_image_data(&data).ok();
    }
    file
}
