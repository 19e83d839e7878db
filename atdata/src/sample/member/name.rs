//! Names of members: the extension that decides what is in one, and names that mean the same.

use crate::picture::ImageFormat;

/// Endings of a member that is compressed by itself.
pub(super) const COMPRESSED: [&str; 5] = ["gz", "bz2", "xz", "zst", "zstd"];

/// Extensions that are written one for the other; those of pictures are known by their formats.
const ALIKE: [&[&str]; 8] = [
    &["txt", "text", "transcript", "caption"],
    &["cls", "cls2", "class", "label", "index", "inx", "id"],
    &["json", "jsn"],
    &["msgpack", "mp", "msg"],
    &["npy", "npz"],
    &["htm", "html"],
    &["mpg", "mpeg"],
    &["wav", "flac", "mp3", "ogg", "opus"],
];

/// The name without the ending that says how the member is compressed, and that ending.
pub(crate) fn uncompressed(name: &str) -> (&str, Option<&'static str>) {
    let ending = last_dot(name).and_then(|(rest, last)| {
        let ending = COMPRESSED.iter().find(|ending| **ending == last)?;
        Some((rest, *ending))
    });
    ending.map_or((name, None), |(rest, ending)| (rest, Some(ending)))
}

/// What decides about the content: behind the last dot, that of a compression apart.
pub(crate) fn extension(name: &str) -> &str {
    let (name, _) = uncompressed(name);
    last_dot(name).map_or(name, |(_, extension)| extension)
}

/// What is before the last dot and behind it. It is asked several times for each member, whose names are short: their bytes
/// one by one are faster than a search made for long texts.
fn last_dot(name: &str) -> Option<(&str, &str)> {
    let at = name.bytes().rposition(|byte| byte == b'.')?;
    name.get(..at).zip(name.get(at + 1..))
}

/// Whether a member is of a name that a field has: the very one, or compressed.
pub(super) fn is_of(member: &str, name: &str) -> bool {
    member == name || (member.starts_with(name) && uncompressed(member).0 == name)
}

/// Whether one name was probably meant by the other.
pub(crate) fn is_alike(one: &str, other: &str) -> bool {
    // The names of members are in lower case, whatever somebody asks for.
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let (one, other) = (uncompressed(&one).0, uncompressed(&other).0);
    let (one_extension, other_extension) = (extension(one), extension(other));
    let one_stem = one.strip_suffix(one_extension);
    let has_stem = one_stem == other.strip_suffix(other_extension);
    (has_stem && are_alike(one_extension, other_extension, |_| true)) || strsim::levenshtein(one, other) < 2
}

/// Whether two extensions are written one for the other: of pictures those of one format, and of the others those in one row
/// that is `wanted`.
fn are_alike(one: &str, other: &str, wanted: impl Fn(&[&str]) -> bool) -> bool {
    let is_picture = ImageFormat::named(one).is_some_and(|format| format.is_of(other));
    is_picture || ALIKE.iter().any(|row| wanted(row) && row.contains(&one) && row.contains(&other))
}

/// Whether both names are of the same in two forms: compressed or not, `jpg` and `jpeg`; and where both hold pictures
/// (`are_pictures`) those of two formats.
#[cfg(feature = "records")]
pub(crate) fn is_other_form(one: &str, other: &str, are_pictures: bool) -> bool {
    let (one, other) = (uncompressed(one).0, uncompressed(other).0);
    if one == other {
        return true;
    }
    let (one_stem, one) = one.rsplit_once('.').unwrap_or(("", one));
    let (other_stem, other) = other.rsplit_once('.').unwrap_or(("", other));
    // The number of a class and that of a sample are two things.
    let is_form = || are_alike(one, other, |row| !row.contains(&"cls"));
    one_stem == other_stem && (are_pictures || is_form())
}

/// Why no field can take a member of that name: `derive(Packable)` refuses it.
#[cfg(feature = "records")]
pub(crate) fn why_no_member(name: &str) -> Option<&'static str> {
    Some(if name.is_empty() {
        "it is empty"
    } else if matches!(name, "__key__" | "__url__" | "__bad__" | "__offset__") {
        "readers put what they know of the sample under it"
    } else if name.starts_with('.') {
        "it begins with a dot"
    } else if name.contains(['*', '{', '|']) {
        "`*`, `{` and `|` are not taken for themselves there"
    } else if name.contains('/') {
        "a `/` belongs to keys"
    } else if name.chars().any(|c| c.is_control() || c.is_whitespace()) {
        "it has white space or control characters"
    } else if name.to_lowercase() != name {
        "it has no lower case of its own"
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ending_that_is_no_compression_decides() {
        for (name, expected) in
            [("jpg", "jpg"), ("seg.png", "png"), ("meta.json.gz", "json"), ("gz", "gz"), ("a.gz", "a"), ("x.", "")]
        {
            assert_eq!(extension(name), expected, "{name}");
        }
    }

    #[test]
    fn a_compressed_member_is_of_the_name_without_the_ending() {
        assert!(is_of("json.gz", "json") && is_of("json", "json") && is_of("json.gz", "json.gz"));
        assert!(!is_of("json.gzip", "json") && !is_of("meta.json", "json") && !is_of("json", "json.gz"));
    }

    #[test]
    fn names_that_were_meant_are_found() {
        assert!(
            is_alike("jpg", "jpeg")
                && is_alike("seg.jpg", "seg.jpeg")
                && is_alike("cls", "csl2") == is_alike("a", "xyz")
        );
        assert!(!is_alike("jpg", "seg.jpeg") && !is_alike("jpg", "txt"));
        assert!(is_alike("JPG", "jpg") && is_alike("Seg.PNG", "seg.png"));
        assert!(is_alike("json.gz", "json") && is_alike("a.jsn", "a.json.zst"));
    }
}
