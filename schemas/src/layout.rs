//! Notes of the layout of samples: where the fields are that are members of their own. Python ignores the keys.

use serde_json::{Map, Value};

use crate::node::Node;
use crate::owned::{OwnedLayout, OwnedSchema};
use crate::problem::Problems;

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

pub(crate) fn write(schema: &OwnedSchema, members: &mut Map<String, Value>) {
    let Some(layout) = &schema.layout else { return };
    members.insert("layout".to_owned(), "members".into());
    if let Some(key) = &layout.key {
        members.insert("key".to_owned(), key.as_str().into());
    }
}
