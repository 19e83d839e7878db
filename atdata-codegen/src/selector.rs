//! Selectors: the paths by which options name types and fields.

use std::fmt;

use atdata_schema::{OwnedFieldType, OwnedSchema, SchemaReference, SchemaTarget};

/// `.`, `Photo`, `Photo@1.0.0`, `@alice.example/Photo`, any of the latter with `.field`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selector {
    text: String,
    authority: Option<String>,
    /// `None` is every type. Where there is no version, a field may be behind one of the points.
    name: Option<String>,
    version: Option<String>,
    /// What is behind the version.
    field: Option<String>,
}

/// What a type is known by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'a> {
    pub(crate) authority: Option<&'a str>,
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
}

impl Selector {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "\"{}\" is not a path of a type or field: expected `.` for all, `Photo`, `Photo@1.0.0`, `Photo.image` or \
                 `@alice.example/Photo@1.0.0.image`",
                crate::error::printable(text)
            )
        };
        let mut selector = Self { text: text.to_owned(), authority: None, name: None, version: None, field: None };
        if text == "." {
            return Ok(selector);
        }
        let mut rest = text;
        if let Some(published) = text.strip_prefix('@') {
            let (authority, after) = published.split_once('/').ok_or_else(wrong)?;
            selector.authority = Some(authority.to_owned());
            rest = after;
        }
        let end = rest.find('@').unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() || name.starts_with('.') || name.ends_with('.') {
            return Err(wrong());
        }
        selector.name = Some(name.to_owned());
        rest = after;
        if let Some(after) = rest.strip_prefix('@') {
            let (version, after) = split_version(after).ok_or_else(wrong)?;
            selector.version = Some(version.to_owned());
            rest = after;
        }
        match rest.strip_prefix('.') {
            Some("") => return Err(wrong()),
            Some(field) => selector.field = Some(field.to_owned()),
            None if rest.is_empty() => {}
            None => return Err(wrong()),
        }
        Ok(selector)
    }

    /// Whether it can name types: only what stands behind a version is a field for certain.
    pub(crate) fn may_be_for_types(&self) -> bool {
        self.field.is_none()
    }

    /// Whether it names one type or field, and not all.
    pub(crate) fn is_for_one(&self) -> bool {
        self.name.is_some()
    }

    pub(crate) fn matches_type(&self, key: Key<'_>) -> bool {
        let name = self.name.as_deref().is_none_or(|name| name == key.name);
        name && self.field.is_none() && self.matches_origin(key)
    }

    /// Whether it names the field, or the type that has it.
    pub(crate) fn covers_field(&self, key: Key<'_>, field: &str) -> bool {
        self.matches_type(key) || self.matches_field(key, field)
    }

    pub(crate) fn matches_field(&self, key: Key<'_>, field: &str) -> bool {
        let Some(name) = &self.name else { return false };
        let names_field = match (&self.field, &self.version) {
            (Some(own), _) => name == key.name && own == field,
            (None, Some(_)) => false,
            (None, None) => {
                name.strip_prefix(key.name).and_then(|rest| rest.strip_prefix('.')).is_some_and(|own| own == field)
            }
        };
        names_field && self.matches_origin(key)
    }

    fn matches_origin(&self, key: Key<'_>) -> bool {
        self.version.as_deref().is_none_or(|version| version == key.version)
            && self.authority.as_deref().is_none_or(|authority| Some(authority) == key.authority)
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::error::printable(&self.text))
    }
}

/// `1.0.0` and what follows: three parts, of which the last ends at the next point.
fn split_version(text: &str) -> Option<(&str, &str)> {
    let mut points = text.match_indices('.').map(|(at, _)| at);
    points.nth(1)?;
    let end = points.next().unwrap_or(text.len());
    Some(text.split_at(end))
}

/// The types of a record with the names of their fields: what options can name. `own` is the key of the record's type.
pub(crate) fn keys<'a>(schema: &'a OwnedSchema, own: Key<'a>, known: &mut Vec<(Key<'a>, Vec<&'a str>)>) {
    let key = Key { name: &schema.name, version: &schema.version, ..own };
    known.push((key, schema.fields.iter().map(|field| field.name.as_str()).collect()));
    schema.fields.iter().for_each(|field| keys_of_type(&field.field_type, own, known));
}

fn keys_of_type<'a>(of: &'a OwnedFieldType, own: Key<'a>, known: &mut Vec<(Key<'a>, Vec<&'a str>)>) {
    match of {
        OwnedFieldType::List(inner) | OwnedFieldType::Map(inner) | OwnedFieldType::Nullable(inner) => {
            keys_of_type(inner, own, known);
        }
        OwnedFieldType::Sample(schema) => keys(schema, own, known),
        // It may be replaced without being there.
        OwnedFieldType::Ref(reference) => known.extend(key_of(reference).map(|key| (key, Vec::new()))),
        _ => {}
    }
}

/// What a reference says of the type it leads to.
pub(crate) fn key_of(reference: &SchemaReference) -> Option<Key<'_>> {
    match reference.target() {
        SchemaTarget::Local { name, version } => Some(Key { authority: None, name, version }),
        SchemaTarget::Published { authority, name, version } => {
            Some(Key { authority: Some(authority), name, version: version.as_deref().unwrap_or_default() })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHOTO: Key<'_> = Key { authority: Some("alice.example"), name: "Photo", version: "1.0.0" };

    #[test]
    fn paths_name_types_and_fields() {
        for path in [".", "Photo", "Photo@1.0.0", "@alice.example/Photo", "@alice.example/Photo@1.0.0"] {
            assert!(Selector::parse(path).unwrap().matches_type(PHOTO), "{path}");
        }
        for path in ["Photo.image", "Photo@1.0.0.image", "@alice.example/Photo@1.0.0.image"] {
            let selector = Selector::parse(path).unwrap();
            assert!(selector.matches_field(PHOTO, "image") && !selector.matches_type(PHOTO), "{path}");
            assert!(!selector.matches_field(PHOTO, "label"), "{path}");
        }
        for path in ["Photo@2.0.0", "Phot", "@bob.example/Photo"] {
            assert!(!Selector::parse(path).unwrap().matches_type(PHOTO), "{path}");
        }
    }

    #[test]
    fn a_name_may_have_points() {
        let key = Key { authority: None, name: "my.module.Photo", version: "1.0.0" };
        assert!(Selector::parse("my.module.Photo").unwrap().matches_type(key));
        assert!(Selector::parse("my.module.Photo.file.name").unwrap().matches_field(key, "file.name"));
        assert!(Selector::parse("my.module.Photo@1.0.0.image").unwrap().matches_field(key, "image"));
        assert!(!Selector::parse("my.module").unwrap().matches_type(key));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for path in ["", "@alice", "Photo.", "Photo@1.0", ".image", "@alice/"] {
            let error = Selector::parse(path).unwrap_err();
            assert!(error.contains("is not a path of a type or field"), "{error}");
        }
    }
}
