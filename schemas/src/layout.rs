//! Notes of the layout of samples: where the fields are that are members of their own, who reads them, which bytes are
//! images, and what manifests have of a field. Python ignores the keys.

use serde_json::{Map, Value};

use crate::manifest::ManifestField;
use crate::node::Node;
use crate::owned::{OwnedField, OwnedFieldType, OwnedLayout, OwnedSchema};
use crate::problem::Problems;

/// The colours of images.
const COLORS: [&str; 8] = ["l8", "la8", "rgb8", "rgba8", "l16", "la16", "rgb16", "rgba16"];

/// What manifests can have of a field.
const MANIFESTS: [(&str, ManifestField); 3] =
    [("categorical", ManifestField::Categorical), ("numeric", ManifestField::Numeric), ("set", ManifestField::Set)];

/// `"layout": "members"`, `"key": "{split}/{id}"`, `"allowUnknown": true`, `"codecs": "Audio"`
pub(crate) fn read(node: &Node<'_>, problems: &mut Problems) -> Option<OwnedLayout> {
    let layout = node.get("layout")?;
    match layout.value.as_str() {
        Some("members") => Some(OwnedLayout {
            key: node.optional_text("key", problems),
            allow_unknown: node.flag("allowUnknown", problems),
            codecs: read_codec(node, "codecs", problems),
        }),
        Some("packed") => None,
        _ => {
            layout.unexpected("\"members\" or \"packed\"", problems);
            None
        }
    }
}

/// `"codec": "Csv"`: the name of what implements it, which becomes one in code.
pub(crate) fn read_codec(node: &Node<'_>, key: &'static str, problems: &mut Problems) -> Option<String> {
    let name = node.optional_text(key, problems)?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.len() <= 100;
    let is_place = matches!(name.as_str(), "_" | "self" | "Self" | "super" | "crate");
    if is_name && !is_place && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Some(name);
    }
    let place = node.get(key).unwrap_or(*node);
    place.unexpected("the name of a codec, letters, digits and `_`, such as \"Csv\"", problems);
    None
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

/// `"manifest": "categorical"`, or `false`: what manifests of shards have of the field. What its type cannot have is none.
pub(crate) fn read_manifest(node: &Node<'_>, of: Option<&OwnedFieldType>, problems: &mut Problems) -> ManifestField {
    let Some(manifest) = node.get("manifest") else { return ManifestField::Inferred };
    let kind = match manifest.value {
        Value::Bool(false) => Some(ManifestField::Excluded),
        Value::String(name) => MANIFESTS.iter().find(|(known, _)| known == name).map(|(_, kind)| *kind),
        _ => None,
    };
    match kind {
        Some(kind) if of.is_none_or(|of| kind.fits_owned(of)) => kind,
        Some(_) => {
            let of = of.map(ToString::to_string).unwrap_or_default();
            manifest.unexpected(format!("a kind of manifests that a field of the type {of} has"), problems);
            ManifestField::Inferred
        }
        // A hint, of a kind that a later version may have.
        None => {
            log::info!(
                "a kind of manifests that is not known is passed over: expected \"categorical\", \"numeric\", \"set\" or false"
            );
            ManifestField::Inferred
        }
    }
}

pub(crate) fn write(schema: &OwnedSchema, members: &mut Map<String, Value>) {
    let Some(layout) = &schema.layout else { return };
    members.insert("layout".to_owned(), "members".into());
    if let Some(key) = &layout.key {
        members.insert("key".to_owned(), key.as_str().into());
    }
    if layout.allow_unknown {
        members.insert("allowUnknown".to_owned(), true.into());
    }
    if let Some(codecs) = &layout.codecs {
        members.insert("codecs".to_owned(), codecs.as_str().into());
    }
}

/// `"member": "jpg|jpeg"`, `"codec": "Csv"`, `"image": "rgb8"`, `"manifest": "set"`
pub(crate) fn write_field(field: &OwnedField, members: &mut Map<String, Value>) {
    for (key, note) in [("member", &field.member), ("codec", &field.codec), ("image", &field.image)] {
        if let Some(note) = note {
            members.insert(key.to_owned(), note.as_str().into());
        }
    }
    // What its type cannot have would be refused by who reads it.
    let fits = field.manifest.fits_owned(&field.field_type);
    let name = MANIFESTS.iter().find(|(_, kind)| fits && *kind == field.manifest).map(|(name, _)| Value::from(*name));
    let manifest = if field.manifest == ManifestField::Excluded { Some(false.into()) } else { name };
    members.extend(manifest.map(|manifest| ("manifest".to_owned(), manifest)));
}
