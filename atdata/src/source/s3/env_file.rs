//! What the variables of a `.env` file, or of a map, say of S3.

use std::path::Path;

use super::{Credentials, Keys, S3Error, Settings};
use crate::error::Result;
use crate::source::read_env_file;

pub(super) fn read(path: &Path) -> Result<Settings> {
    // What the file itself says goes before the environment, as Python has it.
    let values = read_env_file(path, &|name, own| own.map(str::to_owned).or_else(|| std::env::var(name).ok()))?;
    Ok(settings(&values).map_err(|missing| S3Error::Missing { file: path.into(), missing })?)
}

/// What these variables say; `Err` names one that is not there.
pub(super) fn settings(values: &[(String, String)]) -> Result<Settings, &'static str> {
    // The last of several holds, as in a shell.
    let get = |names: &[&str]| {
        names.iter().find_map(|name| values.iter().rev().find(|(key, _)| key == name)).map(|(_, value)| value.clone())
    };
    let required = |missing: &'static str| get(&[missing]).filter(|value| !value.is_empty()).ok_or(missing);
    let keys = Keys {
        id: required("AWS_ACCESS_KEY_ID")?,
        secret: required("AWS_SECRET_ACCESS_KEY")?,
        token: get(&["AWS_SESSION_TOKEN"]),
    };
    Ok(Settings {
        credentials: Credentials::Keys(keys),
        endpoint: get(&["AWS_ENDPOINT", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]).filter(|value| !value.is_empty()),
        region: get(&["AWS_REGION", "AWS_DEFAULT_REGION"]).filter(|value| !value.is_empty()),
        ..Settings::default()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_endpoint_may_be_missing_and_the_region_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        let read_text = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read(&path)
        };
        let settings =
            read_text("AWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=b\nAWS_DEFAULT_REGION=eu-west-1\n").unwrap();
        assert_eq!((settings.endpoint, settings.region.as_deref()), (None, Some("eu-west-1")));
        let keys = Keys { id: "a".into(), secret: "b".into(), token: None };
        assert!(settings.credentials == Credentials::Keys(keys));
        let settings = read_text("AWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=b\nAWS_ENDPOINT=http://h:9000\n").unwrap();
        assert_eq!(settings.endpoint.as_deref(), Some("http://h:9000"));
        let missing = read_text("AWS_ACCESS_KEY_ID=a\n").err().unwrap();
        assert!(missing.to_string().ends_with(".env: expected AWS_SECRET_ACCESS_KEY, which is not there"), "{missing}");
        let missing = read(Path::new("no/such/.env")).err().unwrap();
        assert_eq!(missing.kind(), crate::error::ErrorKind::NotFound);
        assert!(missing.to_string().contains("no/such/.env"), "{missing}");
    }
}
