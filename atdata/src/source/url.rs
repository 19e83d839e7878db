//! Parsing URLs: what a shard's URL means.

use std::path::PathBuf;

use super::Place;
use super::elsewhere::instead_of;
#[cfg(feature = "http")]
use super::remote::{Address, HttpAddress};
use crate::error::{Cause, Error, ErrorKind};
use crate::net::url::{percent_decoded, redacted, split_scheme};

#[derive(Debug, thiserror::Error)]
#[cfg_attr(not(all(feature = "http", feature = "s3", feature = "atmosphere")), allow(dead_code))]
enum UrlError {
    #[error("expected the path or URL of a shard, found an empty string")]
    Empty,
    #[error("{scheme} shards are not read: {}", .instead.as_deref().unwrap_or("download the file, and give its path"))]
    NotRead { scheme: String, instead: Option<String> },
    #[error("this build does not read {scheme} shards; enable the feature `{feature}` of atdata")]
    NotBuilt { scheme: String, feature: &'static str },
    #[error("not a URL: {0}")]
    Malformed(String),
    #[error("expected `s3://bucket/key`, found {0}")]
    NoObject(&'static str),
    #[error("expected `at://{{did}}/blob/{{cid}}`, found {0}")]
    NoBlob(&'static str),
    #[error(
        "`pipe:` runs a shell command, which this library never does: run it yourself and read `-`, standard input"
    )]
    Pipe,
    #[error(
        "the scheme `{scheme}` is not known: give a path, a `file:`, `https://`, `http://` or `s3://` URL, or `-` for standard \
         input"
    )]
    Unknown { scheme: String },
    #[error("`{scheme}://` is how other programs call `s3://`: write that")]
    S3 { scheme: String },
    #[error(transparent)]
    Path(#[from] super::path::PathError),
    #[error("a `file:` URL names a file of this machine, found one of host `{host}`: write `file:///path`")]
    Host { host: String },
    #[error("expected a path behind `file:`, found none that this system has: write `file:///path`")]
    NoPath,
}

impl Cause for UrlError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Path(cause) => cause.kind(),
            Self::NotBuilt { .. } | Self::NotRead { .. } | Self::Pipe | Self::Unknown { .. } | Self::S3 { .. } => {
                ErrorKind::Unsupported
            }
            Self::Malformed(_)
            | Self::NoObject(_)
            | Self::NoBlob(_)
            | Self::Empty
            | Self::Host { .. }
            | Self::NoPath => ErrorKind::InvalidInput,
        }
    }
}

/// Schemes that Python reads, or that stores of datasets use.
const KNOWN: &[&str] = &[
    "gs", "gcs", "az", "azure", "adl", "abfs", "abfss", "wasb", "wasbs", "hf", "hdfs", "ftp", "ftps", "sftp", "scp",
    "ais", "htgs",
];

/// The function that parses a kind of URL, where the feature is built that reads it.
macro_rules! built {
    ($feature:literal, $parse:ident) => {{
        #[cfg(feature = $feature)]
        let parse: Option<Parse> = Some($parse);
        #[cfg(not(feature = $feature))]
        let parse: Option<Parse> = None;
        parse
    }};
}

/// Where the bytes that `url` names are.
pub(super) fn place(url: &str) -> Result<Place, Error> {
    parse(url, cfg!(windows)).map_err(|cause| Error::from(cause).with_shard(&redacted(url)))
}

fn parse(url: &str, windows: bool) -> Result<Place, UrlError> {
    if url.is_empty() {
        return Err(UrlError::Empty);
    }
    if url == "-" {
        return Ok(Place::Stdin);
    }
    let Some((scheme, rest)) = split_scheme(url) else { return local(url) };
    match scheme.to_ascii_lowercase().as_str() {
        "file" => file_path(rest, windows).map(Place::File),
        "pipe" => Err(UrlError::Pipe),
        // Names such as `run:1.tar` are files.
        _ if !rest.starts_with("//") => local(url),
        "s3a" | "s3n" => Err(UrlError::S3 { scheme: scheme.into() }),
        "http" | "https" => remote(url, scheme, "http", built!("http", http)),
        "s3" => remote(rest, scheme, "s3", built!("s3", s3_object)),
        "at" => remote(rest, scheme, "atmosphere", built!("atmosphere", blob)),
        scheme if KNOWN.contains(&scheme) => {
            let instead = instead_of(scheme, rest.trim_start_matches("//"));
            Err(UrlError::NotRead { scheme: scheme.into(), instead })
        }
        scheme => Err(UrlError::Unknown { scheme: scheme.into() }),
    }
}

/// What parses the URLs of a kind of server.
type Parse = fn(&str) -> Result<Place, UrlError>;

fn remote(text: &str, scheme: &str, feature: &'static str, parse: Option<Parse>) -> Result<Place, UrlError> {
    parse.ok_or_else(|| UrlError::NotBuilt { scheme: scheme.to_owned(), feature })?(text)
}

#[cfg(feature = "http")]
fn http(url: &str) -> Result<Place, UrlError> {
    HttpAddress::parse(url).map(|url| Place::Remote(Box::new(Address::Http(url)))).map_err(UrlError::Malformed)
}

/// A path, with the home folder for a `~` at its beginning; not what was meant as something else.
fn local(path: &str) -> Result<Place, UrlError> {
    super::path::check(path)?;
    Ok(Place::File(super::path::at_home(path)?.unwrap_or_else(|| path.into())))
}

/// Bucket and key of what follows `s3:`. Keys are taken as they are: nothing is decoded, and `?` and `#` are part of them.
#[cfg(feature = "s3")]
fn s3_object(rest: &str) -> Result<Place, UrlError> {
    use super::remote::S3Address;

    let (bucket, key) = rest.trim_start_matches('/').split_once('/').ok_or(UrlError::NoObject("no key"))?;
    if bucket.is_empty() || !rest.starts_with("//") || rest.starts_with("///") {
        return Err(UrlError::NoObject("no bucket"));
    }
    if bucket.contains(['@', ':']) {
        return Err(UrlError::NoObject("a bucket with `@` or `:`; credentials belong into `S3Config`"));
    }
    if key.is_empty() || key.ends_with('/') {
        return Err(UrlError::NoObject("no key, or one that ends with a slash"));
    }
    // As the store's client takes them: `a//b` would reach the server as another key.
    if key.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(UrlError::NoObject("a key with an empty part, `.` or `..`, which clients change on the way"));
    }
    Ok(Place::Remote(Box::new(Address::S3(S3Address { bucket: bucket.into(), key: key.into() }))))
}

/// Account and CID of what follows `at:`.
#[cfg(feature = "atmosphere")]
fn blob(rest: &str) -> Result<Place, UrlError> {
    use super::remote::BlobAddress;
    use crate::cid::Cid;

    let parts: Vec<&str> = rest.trim_start_matches("//").split('/').collect();
    let [did, "blob", cid] = *parts else {
        return Err(UrlError::NoBlob("the address of something else; a record is read by `Atmosphere::get_record`"));
    };
    if !crate::atproto::is_did(did) {
        return Err(UrlError::NoBlob("no DID; `Atmosphere::resolve` gives that of a handle"));
    }
    match cid.parse::<Cid>() {
        Ok(cid) if cid.is_raw() && cid.is_sha256() => {
            Ok(Place::Remote(Box::new(Address::Blob(BlobAddress { did: did.into(), cid }))))
        }
        _ => Err(UrlError::NoBlob("no CID of bytes, which begins with `bafkrei`")),
    }
}

/// The path of a `file:` URL. Unlike in other URLs `?` and `#` are part of the name, for no file has a query.
fn file_path(rest: &str, windows: bool) -> Result<PathBuf, UrlError> {
    let path = match rest.strip_prefix("//") {
        Some(rest) => {
            let (host, _) = rest.split_once('/').ok_or(UrlError::NoPath)?;
            if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") {
                let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
                return Err(UrlError::Host { host: host.into() });
            }
            rest.get(host.len()..).unwrap_or_default()
        }
        None => rest,
    };
    let path = local_path(percent_decoded(path)).ok_or(UrlError::NoPath)?;
    Ok(if windows { without_slash(path) } else { path })
}

/// `/C:/x` to `C:/x`.
fn without_slash(path: PathBuf) -> PathBuf {
    let text = path.to_string_lossy();
    match text.as_bytes() {
        [b'/', drive, b':', ..] if drive.is_ascii_alphabetic() => text.get(1..).unwrap_or_default().into(),
        _ => path,
    }
}

/// `None` for what is no path on this system.
fn local_path(bytes: Vec<u8>) -> Option<PathBuf> {
    if bytes.is_empty() || bytes.contains(&0) {
        return None;
    }
    #[cfg(unix)]
    return Some(PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes)));
    #[cfg(not(unix))]
    return String::from_utf8(bytes).ok().map(PathBuf::from);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]
    use super::*;

    fn file(url: &str) -> PathBuf {
        let place = parse(url, false).unwrap();
        let Place::File(path) = place else { panic!("{url} is {place:?}") };
        path
    }

    #[test]
    fn paths_are_taken_as_they_are() {
        for path in ["a.tar", "/a b/c%20.tar", r"C:\x\y.tar", "C:/x.tar", "run:1.tar", "10:00.tar", "./pipe:x", "a?b#c"]
        {
            assert_eq!(file(path), PathBuf::from(path));
        }
        assert_eq!(parse("-", false).unwrap(), Place::Stdin);
        assert!(matches!(parse("", false), Err(UrlError::Empty)));
    }

    #[test]
    fn file_urls_are_decoded() {
        assert_eq!(file("file:///a%20b/100%25/%/%zz.tar"), PathBuf::from("/a b/100%/%/%zz.tar"));
        assert_eq!(file("FILE://localhost/a#b?c"), PathBuf::from("/a#b?c"));
        assert_eq!(file("file:/a"), PathBuf::from("/a"));
        assert_eq!(file("file:a/b"), PathBuf::from("a/b"));
        assert_eq!(file("file:///gr%C3%B6%C3%9Fe"), PathBuf::from("/größe"));
        assert_eq!(file("file:///C:/x"), PathBuf::from("/C:/x"));
        assert_eq!(parse("file:///C:/x", true).unwrap(), Place::File("C:/x".into()));
        for bad in ["file:", "file://", "file://host", "file:///a%00b"] {
            assert!(matches!(parse(bad, false), Err(UrlError::NoPath)), "{bad}");
        }
        assert!(matches!(parse("file://me:pw@host/a", false), Err(UrlError::Host { host }) if host == "host"));
    }

    #[test]
    fn other_schemes_say_what_to_do() {
        let message = |url: &str| {
            let error = place(url).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            error.to_string()
        };
        assert_eq!(
            message("pipe:curl -H 'Authorization: secret' x"),
            "pipe:…: `pipe:` runs a shell command, which this library never does: run it yourself and read `-`, \
             standard input"
        );
        assert_eq!(
            message("ftp://me:pw@host/a.tar?sig=1"),
            "ftp://host/a.tar: ftp shards are not read: download the file, and give its path"
        );
        let of_google = message("gs://me:pw@bucket/a.tar?sig=1");
        assert!(of_google.contains("`https://storage.googleapis.com/bucket/a.tar`"), "{of_google}");
        assert!(!of_google.contains("pw") && !of_google.contains("sig"), "{of_google}");
        #[cfg(not(feature = "http"))]
        assert!(message("https://host/a.tar").ends_with("enable the feature `http` of atdata"));
        #[cfg(not(feature = "atmosphere"))]
        assert!(message("at://did:plc:abc/blob/bafy").ends_with("enable the feature `atmosphere` of atdata"));
        #[cfg(not(feature = "s3"))]
        assert!(message("S3://bucket/a.tar").ends_with("enable the feature `s3` of atdata"));
        for scheme in ["s3a", "s3n"] {
            assert!(
                message(&format!("{scheme}://bucket/a.tar")).contains("s3://"),
                "{}",
                message("s3a://bucket/a.tar")
            );
        }
        assert!(message("gopher://x/a").contains("the scheme `gopher` is not known"));
    }

    #[cfg(feature = "s3")]
    #[test]
    fn s3_urls_name_bucket_and_key() {
        let object = |bucket: &str, key: &str| {
            let address = crate::source::remote::S3Address { bucket: bucket.into(), key: key.into() };
            Place::Remote(Box::new(Address::S3(address)))
        };
        assert_eq!(parse("s3://bucket/a/b c%20?#.tar", false).unwrap(), object("bucket", "a/b c%20?#.tar"));
        assert_eq!(parse("S3://b.c/k", false).unwrap(), object("b.c", "k"));
        for bad in ["s3://", "s3://b", "s3://b/", "s3:///k", "s3://b/a//b", "s3://b/../x", "s3://b/a/", "s3://k:s@b/a"]
        {
            assert!(matches!(parse(bad, false), Err(UrlError::NoObject(_))), "{bad}");
        }
    }

    #[cfg(feature = "atmosphere")]
    #[test]
    fn at_urls_name_account_and_blob() {
        let cid = "bafkreicqsxihltwjd7ozhsotbnrjxrnpp535vcrqa7ngtxf6dmsttnmlwm";
        let found = parse(&format!("at://did:web:localhost%3A8000/blob/{cid}"), false).unwrap();
        let expected =
            crate::source::remote::BlobAddress { did: "did:web:localhost%3A8000".into(), cid: cid.parse().unwrap() };
        assert_eq!(found, Place::Remote(Box::new(Address::Blob(expected))));
        for bad in [
            "at://",
            "at://did:plc:abc",
            "at://did:plc:abc/blob/",
            "at://did:plc:abc/blob/x",
            "at://did:plc:abc/a.b.c/x",
            "at://did:plc:abc/blob/bafyreih6ahcgqy6if455di3w7jyffpdkjeyrrgtht54hsw5tn5bwr3k6tm",
            &format!("at://alice.test/blob/{cid}"),
            &format!("at://did:plc:abc/blob/{cid}?x"),
        ] {
            assert!(matches!(parse(bad, false), Err(UrlError::NoBlob(_))), "{bad}");
        }
    }

    #[cfg(feature = "http")]
    #[test]
    fn http_urls_are_checked_and_hide_their_secrets() {
        assert!(matches!(parse("http://", false), Err(UrlError::Malformed(_))));
        assert!(matches!(parse("https://ho st/a", false), Err(UrlError::Malformed(_))));
        let place = parse("https://me:p%40ss@host/a.tar?token=secret", false).unwrap();
        assert_eq!(format!("{place:?}"), "Remote(Http(HttpAddress(\"https://host/a.tar\")))");
    }
}
