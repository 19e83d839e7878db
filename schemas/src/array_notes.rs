//! Array members: dtype, shape and names of dimensions, which an array type has in both JSON forms.

use serde_json::{Map, Value};

use crate::Dtype;
use crate::node::Node;
use crate::owned::OwnedArrayType;
use crate::problem::Problems;

/// Reads them beside whatever else the object has.
pub(crate) fn read(node: &Node<'_>, problems: &mut Problems) -> Option<OwnedArrayType> {
    let mut array = OwnedArrayType::default();
    if let Some(dtype) = node.get("dtype") {
        array.dtype = Some(read_dtype(&dtype, problems)?);
    }
    if let Some(shape) = node.get("shape") {
        array = array.shaped(read_shape(&shape, problems)?);
    }
    if let Some(names) = node.get("dimensionNames") {
        let dims = read_names(&names, problems)?;
        if let Some(ndim) = array.ndim.filter(|ndim| *ndim != dims.len()) {
            names.wrong(format!("{ndim} names, one for each dimension of the shape"), dims.len().to_string(), problems);
            return None;
        }
        array = array.named(dims);
    }
    Some(array)
}

fn read_dtype(node: &Node<'_>, problems: &mut Problems) -> Option<Dtype> {
    let dtype = node.value.as_str().and_then(|text| Dtype::from_name(text).or_else(|| from_typestr(text)));
    if dtype.is_none() {
        node.unexpected("a dtype such as \"float32\" or \"uint8\"", problems);
    }
    dtype
}

/// `<f4`, `|u1`, `f4`: some records by hand have numpy's short form.
fn from_typestr(text: &str) -> Option<Dtype> {
    let text = text.strip_prefix(['<', '>', '=', '|']).unwrap_or(text);
    let mut chars = text.chars();
    let kind = chars.next()?;
    Dtype::from_kind(kind, chars.as_str().parse().ok()?)
}

fn read_shape(node: &Node<'_>, problems: &mut Problems) -> Option<Vec<Option<usize>>> {
    let Some(items) = node.items() else {
        node.unexpected("a list of sizes", problems);
        return None;
    };
    let sizes: Vec<_> = items.map(|item| read_size(&item, problems)).collect();
    sizes.into_iter().collect()
}

/// The outer `Option` is failure, the inner one a size that is not known.
#[expect(clippy::option_option, reason = "a size may be null, and null is not a failure")]
fn read_size(node: &Node<'_>, problems: &mut Problems) -> Option<Option<usize>> {
    if node.value.is_null() {
        return Some(None);
    }
    let size = node.value.as_u64().and_then(|size| usize::try_from(size).ok());
    if size.is_none() {
        node.unexpected("a size, or null for one that differs", problems);
    }
    size.map(Some)
}

fn read_names(node: &Node<'_>, problems: &mut Problems) -> Option<Vec<String>> {
    let Some(items) = node.items() else {
        node.unexpected("a list of names", problems);
        return None;
    };
    let names: Vec<_> = items.map(|item| item.text("a name", problems).map(str::to_owned)).collect();
    names.into_iter().collect()
}

/// Adds the members for what is known.
pub(crate) fn write(array: &OwnedArrayType, members: &mut Map<String, Value>) {
    if let Some(dtype) = array.dtype {
        members.insert("dtype".to_owned(), dtype.name().into());
    }
    match (&array.shape, array.ndim) {
        (Some(shape), _) => {
            members.insert("shape".to_owned(), shape.iter().map(|size| Value::from(*size)).collect());
        }
        // Names say the number of dimensions as well.
        (None, Some(ndim)) if array.dims.is_none() => {
            members.insert("shape".to_owned(), vec![Value::Null; ndim].into());
        }
        (None, _) => {}
    }
    if let Some(dims) = &array.dims {
        members.insert("dimensionNames".to_owned(), dims.iter().map(String::as_str).collect());
    }
}
