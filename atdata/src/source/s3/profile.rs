//! Profiles: the files that the tools of AWS share.

use std::io::ErrorKind;
use std::path::PathBuf;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};

use super::S3Error;

/// What a profile can hold, and what it is called here.
const KEYS: &[(&str, AmazonS3ConfigKey)] = &[
    ("aws_access_key_id", AmazonS3ConfigKey::AccessKeyId),
    ("aws_secret_access_key", AmazonS3ConfigKey::SecretAccessKey),
    ("aws_session_token", AmazonS3ConfigKey::Token),
    ("region", AmazonS3ConfigKey::Region),
    ("endpoint_url", AmazonS3ConfigKey::Endpoint),
];

/// The builder with what the profile of the environment adds to what the environment itself says.
pub(super) fn complete(builder: AmazonS3Builder) -> Result<AmazonS3Builder, S3Error> {
    let asked = std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty());
    let profile = Profile::read(asked.as_deref().unwrap_or("default"));
    let has = |key| builder.get_config_value(&key).is_some();
    let has_keys = has(AmazonS3ConfigKey::AccessKeyId) || has(AmazonS3ConfigKey::SecretAccessKey);
    let has_role = has(AmazonS3ConfigKey::WebIdentityTokenFile) && has(AmazonS3ConfigKey::RoleArn);
    if has_keys || has_role {
        // Region and endpoint are welcome, but files that cannot be read do no harm.
        return Ok(profile.unwrap_or_default().settings_into(builder));
    }
    let profile = profile?;
    match asked {
        Some(name) if !profile.exists => Err(S3Error::NoProfile { name }),
        Some(name) if !profile.has_keys() => Err(S3Error::NoKeys { name }),
        // Containers and machines have roles where nothing else is said.
        _ => Ok(profile.keys_into(profile.settings_into(builder))),
    }
}

/// The builder with a profile.
pub(super) fn named(name: &str, builder: AmazonS3Builder) -> Result<AmazonS3Builder, S3Error> {
    let profile = Profile::read(name)?;
    if !profile.exists {
        return Err(S3Error::NoProfile { name: name.into() });
    }
    if !profile.has_keys() {
        return Err(S3Error::NoKeys { name: name.into() });
    }
    Ok(profile.keys_into(profile.settings_into(builder)))
}

#[derive(Default)]
struct Profile {
    exists: bool,
    values: Vec<(AmazonS3ConfigKey, String)>,
}

impl Profile {
    /// From both files; the one of credentials goes first.
    fn read(name: &str) -> Result<Self, S3Error> {
        let mut profile = Self::default();
        let in_config = if name == "default" { name.to_owned() } else { format!("profile {name}") };
        for (variable, file, section) in
            [("AWS_SHARED_CREDENTIALS_FILE", "credentials", name), ("AWS_CONFIG_FILE", "config", in_config.as_str())]
        {
            let named = std::env::var_os(variable).map(PathBuf::from);
            let Some(path) = named.or_else(|| Some(crate::home::home()?.join(".aws").join(file))) else { continue };
            match std::fs::read_to_string(&path) {
                Ok(text) => profile.add(&text, section),
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
                Err(source) => return Err(S3Error::Read { file: path, source }),
            }
        }
        Ok(profile)
    }

    fn add(&mut self, text: &str, section: &str) {
        let mut inside = false;
        for line in text.lines() {
            // What is indented belongs to a group such as `s3 =`, which has nothing for us.
            if line.starts_with([' ', '\t', '#', ';']) {
                continue;
            }
            if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                inside = header.split_whitespace().eq(section.split_whitespace());
                self.exists |= inside;
            } else if inside && let Some((name, value)) = line.split_once('=') {
                let known = KEYS.iter().find(|(own, _)| name.trim().eq_ignore_ascii_case(own));
                if let Some((_, key)) = known.filter(|(_, key)| self.get(*key).is_none()) {
                    self.values.push((*key, value.trim().to_owned()));
                }
            }
        }
    }

    fn get(&self, key: AmazonS3ConfigKey) -> Option<&str> {
        self.values.iter().find(|(own, _)| *own == key).map(|(_, value)| value.as_str())
    }

    fn has_keys(&self) -> bool {
        self.get(AmazonS3ConfigKey::AccessKeyId).is_some() && self.get(AmazonS3ConfigKey::SecretAccessKey).is_some()
    }

    fn keys_into(&self, builder: AmazonS3Builder) -> AmazonS3Builder {
        if !self.has_keys() {
            return builder;
        }
        let keys = [AmazonS3ConfigKey::AccessKeyId, AmazonS3ConfigKey::SecretAccessKey, AmazonS3ConfigKey::Token];
        keys.into_iter().fold(builder, |builder, key| match self.get(key) {
            Some(value) => builder.with_config(key, value),
            None => builder,
        })
    }

    /// Region and endpoint, where the builder has none.
    fn settings_into(&self, builder: AmazonS3Builder) -> AmazonS3Builder {
        use AmazonS3ConfigKey::{DefaultRegion, Endpoint, Region, S3Endpoint};
        [(Region, DefaultRegion), (Endpoint, S3Endpoint)].into_iter().fold(builder, |builder, (key, other)| {
            let is_set = [key, other].iter().any(|key| builder.get_config_value(key).is_some());
            match self.get(key) {
                Some(value) if !is_set => builder.with_config(key, value),
                _ => builder,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credentials_file_goes_before_the_configuration() {
        let mut profile = Profile::default();
        profile.add(
            "[default]\naws_access_key_id = no\n[ work ]\n# c\naws_access_key_id = id\naws_secret_access_key=s=1\n",
            "work",
        );
        profile.add("[profile  work]\nregion = eu-west-1\naws_access_key_id = other\ns3 =\n  endpoint_url = x\n[x]\nregion = y\n", "profile work");
        assert!(profile.exists && profile.has_keys());
        assert_eq!(profile.get(AmazonS3ConfigKey::AccessKeyId), Some("id"));
        assert_eq!(profile.get(AmazonS3ConfigKey::SecretAccessKey), Some("s=1"));
        assert_eq!(profile.get(AmazonS3ConfigKey::Region), Some("eu-west-1"));
        assert_eq!(profile.get(AmazonS3ConfigKey::Endpoint), None);
    }

    #[test]
    fn region_and_endpoint_of_the_environment_stay() {
        let mut profile = Profile::default();
        profile.add("[p]\nregion = there\nendpoint_url = http://there\n", "p");
        let builder = profile.settings_into(AmazonS3Builder::new().with_region("here"));
        assert_eq!(builder.get_config_value(&AmazonS3ConfigKey::Region).as_deref(), Some("here"));
        assert_eq!(builder.get_config_value(&AmazonS3ConfigKey::Endpoint).as_deref(), Some("http://there"));
        assert!(!profile.has_keys());
    }
}
