//! What sample types may be called, and what their versions are: rules that macros and generators hold alike.

/// Whether a sample type may be called so: the name is a part of URIs and of the names of files.
pub fn is_schema_name(name: &str) -> bool {
    let starts_well = name.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    starts_well && name.len() <= 100 && name.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c))
}

/// Whether a text is a version by the rules of semantic versions: `1.0.0`, `2.0.0-rc.1`, `1.0.0+build`.
pub fn is_version(text: &str) -> bool {
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let is_number = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let has_no_zeros = |part: &str| part == "0" || !part.starts_with('0');
    let (rest, build) = text.split_once('+').map_or((text, None), |(rest, build)| (rest, Some(build)));
    let (numbers, pre) = rest.split_once('-').map_or((rest, None), |(numbers, pre)| (numbers, Some(pre)));
    let numbers: Vec<_> = numbers.split('.').collect();
    let is_release = numbers.len() == 3
        && numbers.iter().all(|part| is_number(part) && has_no_zeros(part) && part.parse::<u64>().is_ok());
    let fits_pre =
        pre.is_none_or(|pre| pre.split('.').all(|part| is_word(part) && (!is_number(part) || has_no_zeros(part))));
    let fits_build = build.is_none_or(|build| build.split('.').all(is_word));
    text.len() <= 100 && is_release && fits_pre && fits_build
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_semantic() {
        for version in ["1.0.0", "0.0.0", "2.0.0-rc.1", "1.0.0-alpha-2.0x1+build.007", "1.0.0+a", "1.0.0--"] {
            assert!(is_version(version), "{version}");
            #[cfg(feature = "records")]
            assert!(semver::Version::parse(version).is_ok(), "{version}");
        }
        for version in [
            "1.0",
            "v1.0.0",
            "01.0.0",
            "1.0.0-",
            "1.0.0-01",
            "1.0.0+",
            "1.0.0-a..b",
            "1.0.0.0",
            "1.0.-1",
            "99999999999999999999.0.0",
            "1.0.0-é",
            "",
        ] {
            assert!(!is_version(version), "{version}");
            #[cfg(feature = "records")]
            assert!(semver::Version::parse(version).is_err(), "{version}");
        }
    }

    #[test]
    fn names_are_parts_of_uris_and_files() {
        for name in ["Photo", "_x", "a-b.c", "1st", "Größe"] {
            assert!(is_schema_name(name), "{name}");
        }
        for name in ["", "-a", ".a", "a b", "a/b", "a@b", &"x".repeat(101)] {
            assert!(!is_schema_name(name), "{name}");
        }
    }
}
