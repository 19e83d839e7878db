//! Notes of the layout of samples: where the fields are that are members of their own, and which bytes are images. Python
//! ignores the keys.

use serde_json::{Map, Value};

use crate::node::Node;
use crate::owned::{OwnedLayout, OwnedSchema};
use crate::problem::Problems;

/// The colours of images.
const COLORS: [&str; 8] = ["l8", "la8", "rgb8", "rgba8", "l16", "la16", "rgb16", "rgba16"];

/// `"layout": "members"`, `"key": "{split}/{id}"`
pub(crate) fn read(node: &Node<'_>, problems: &mut Problems) -> Option<OwnedLayout> {
    let layout = node.get("layout")?;
    match layout.value.as_str() {
        Some("members") => Some(OwnedLayout { key: node.optional_text("key", problems) }),
        Some("packed") => None,
        _ => {
            layout.unexpected("\"members\" or \"packed\"", problems);
            None
        }
    }
}

/// `"image": "rgb8"`
pub(crate) fn read_image(node: &Node<'_>, problems: &mut Problems) -> Option<String> {
    let image = node.get("image")?;
    match image.value.as_str() {
        Some(color) if COLORS.contains(&color) => Some(color.to_owned()),
        _ => {
            image.unexpected(format!("the colour of images, one of {}", COLORS.join(", ")), problems);
            None
        }
    }
}

pub(crate) fn write(schema: &OwnedSchema, members: &mut Map<String, Value>) {
    let Some(layout) = &schema.layout else { return };
    members.insert("layout".to_owned(), "members".into());
    if let Some(key) = &layout.key {
        members.insert("key".to_owned(), key.as_str().into());
    }
}
