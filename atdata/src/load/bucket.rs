//! Listing a bucket: the shards that it has below a folder, or by a pattern.

use std::collections::HashMap;
use std::rc::Rc;

use futures_util::TryStreamExt as _;
use glob::Pattern;
use object_store::ObjectStore as _;
use object_store::path::Path;

use super::error::{LoadError, what_there_is};
use super::names::{WILDCARDS, is_shard_name};
use super::wildcards::MATCHING;
use crate::error::Result;
use crate::net::runtime::wait;
use crate::net::url::split_scheme;
use crate::source::{ObjectWriter, ReadOptions, told};

/// Whether `url` names more than one object, so that the server has to be asked which there are: it has a `*`, or is a
/// folder, which ends in a slash.
pub(super) fn is_open(url: &str) -> bool {
    parts(url).is_some_and(|(_, key)| key.is_empty() || key.ends_with('/') || key.contains('*'))
}

/// Bucket and key of an S3 URL.
fn parts(url: &str) -> Option<(&str, &str)> {
    let (_, rest) = split_scheme(url).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("s3"))?;
    let rest = rest.strip_prefix("//")?;
    Some(rest.split_once('/').unwrap_or((rest, "")))
}

/// The URLs of the objects that `url` stands for, sorted.
///
/// # Errors
/// [`NotFound`](crate::ErrorKind::NotFound) if there are none, with what there is instead; those of the server.
pub(super) fn find(url: &str, options: &ReadOptions) -> Result<Vec<String>> {
    let (name, key) = parts(url).unwrap_or_default();
    if name.is_empty() {
        return Err(LoadError::NoBucket.into());
    }
    if name.contains(WILDCARDS) {
        return Err(LoadError::Wildcard.into());
    }
    if key.starts_with('/') || key.contains("//") {
        return Err(LoadError::Key("there are two in a row".into()).into());
    }
    let remote = options.remote();
    let writer = remote.s3.writer(name, &remote.retry)?;
    let own = writer.clone();
    wait(async move { own.check_credentials().await })??;
    let mut bucket = Bucket { writer, listings: HashMap::new() };
    let mut keys = bucket.keys(key)?;
    keys.sort_by(|a, b| a.split('/').cmp(b.split('/')));
    keys.dedup();
    if keys.is_empty() {
        return Err(bucket.nothing(key));
    }
    Ok(keys.into_iter().map(|key| format!("s3://{name}/{key}")).collect())
}

struct Bucket {
    writer: ObjectWriter,
    /// What was asked for already.
    listings: HashMap<String, Rc<Listing>>,
}

/// What is directly in a folder, by name.
#[derive(Default)]
struct Listing {
    objects: Vec<String>,
    folders: Vec<String>,
}

impl Bucket {
    fn keys(&mut self, key: &str) -> Result<Vec<String>> {
        let mut found = Vec::new();
        match key.rsplit_once('/') {
            _ if key.contains('*') => {
                let mut steps: Vec<&str> = key.split('/').collect();
                // Behind the last folders come their objects.
                steps.extend(key.ends_with("**").then_some("*"));
                steps.dedup_by(|a, b| a == b && *a == "**");
                self.walk("", &steps, &mut found)?;
            }
            folder => {
                let folder = folder.map_or("", |(folder, _)| folder);
                let listing = self.list(folder)?;
                found.extend(listing.objects.iter().filter(|name| is_shard_name(name)).map(|name| below(folder, name)));
            }
        }
        Ok(found)
    }

    /// The objects below `folder` that the steps lead to.
    fn walk(&mut self, folder: &str, steps: &[&str], found: &mut Vec<String>) -> Result<()> {
        let Some((step, rest)) = steps.split_first() else { return Ok(()) };
        if *step == "**" {
            return self.below(folder, steps, found);
        }
        if !rest.is_empty() && !step.contains(WILDCARDS) {
            return self.walk(&below(folder, step), rest, found);
        }
        let pattern = Pattern::new(step).map_err(LoadError::Pattern)?;
        let listing = self.list(folder)?;
        if rest.is_empty() {
            let fitting = listing.objects.iter().filter(|name| pattern.matches_with(name, MATCHING));
            found.extend(fitting.map(|name| below(folder, name)));
            return Ok(());
        }
        for name in listing.folders.iter().filter(|name| pattern.matches_with(name, MATCHING)) {
            self.walk(&below(folder, name), rest, found)?;
        }
        Ok(())
    }

    /// The objects anywhere below `folder` that the steps lead to, by one listing of all of them: what is asked for is all of
    /// them, and a question for each folder would take long.
    fn below(&self, folder: &str, steps: &[&str], found: &mut Vec<String>) -> Result<()> {
        let patterns = steps.iter().map(|step| (*step != "**").then(|| Pattern::new(step)).transpose());
        let patterns: Vec<_> = patterns.collect::<std::result::Result<_, _>>().map_err(LoadError::Pattern)?;
        let path = Path::parse(folder).map_err(|error| LoadError::Key(error.to_string()))?;
        let client = self.writer.client.clone();
        let objects = wait(async move { client.list(Some(&path)).try_collect::<Vec<_>>().await })?;
        let depth = if folder.is_empty() { 0 } else { folder.split('/').count() };
        for object in objects.map_err(|error| told(&error))? {
            let key = object.location.as_ref();
            let parts: Vec<&str> = key.split('/').skip(depth).collect();
            if fits(&parts, &patterns) {
                found.push(key.to_owned());
            }
        }
        Ok(())
    }

    fn list(&mut self, folder: &str) -> Result<Rc<Listing>> {
        if let Some(known) = self.listings.get(folder) {
            return Ok(Rc::clone(known));
        }
        let path = Path::parse(folder).map_err(|error| LoadError::Key(error.to_string()))?;
        let client = self.writer.client.clone();
        let listed =
            wait(async move { client.list_with_delimiter(Some(&path)).await })?.map_err(|error| told(&error))?;
        let name = |path: &Path| path.filename().map(str::to_owned);
        let listing = Rc::new(Listing {
            objects: listed.objects.iter().filter_map(|object| name(&object.location)).collect(),
            folders: listed.common_prefixes.iter().filter_map(name).collect(),
        });
        self.listings.insert(folder.to_owned(), Rc::clone(&listing));
        Ok(listing)
    }

    /// The error for nothing that fits, with what is where the first wildcard stands.
    #[cold]
    fn nothing(&mut self, key: &str) -> crate::error::Error {
        let fixed = key.find(WILDCARDS).and_then(|at| key.get(..at)).unwrap_or(key);
        let folder = fixed.rsplit_once('/').map_or("", |(folder, _)| folder);
        let wanted = key.get(folder.len()..).unwrap_or_default().trim_start_matches('/').split('/').next();
        let listing = match self.list(folder) {
            Ok(listing) => listing,
            Err(error) => return error,
        };
        let names = listing.objects.iter().chain(&listing.folders).filter(|name| !name.starts_with('.')).cloned();
        let place = if folder.is_empty() { "the bucket".to_owned() } else { format!("\"{folder}\"") };
        let found = what_there_is(place, names.collect(), wanted.unwrap_or_default());
        let is_pattern = key.contains('*');
        if is_pattern { LoadError::NoMatch { beside: found } } else { LoadError::EmptyFolder { found } }.into()
    }
}

/// Whether the parts of a key are what the patterns stand for, of which `None` is any number of folders, but for those that
/// begin with a dot.
fn fits(parts: &[&str], patterns: &[Option<Pattern>]) -> bool {
    match (patterns.split_first(), parts.split_first()) {
        (None, None) => true,
        (Some((None, rest)), first) => {
            fits(parts, rest) || first.is_some_and(|(name, behind)| !name.starts_with('.') && fits(behind, patterns))
        }
        (Some((Some(pattern), rest)), Some((name, behind))) => {
            pattern.matches_with(name, MATCHING) && fits(behind, rest)
        }
        _ => false,
    }
}

fn below(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_fits_steps_of_which_one_is_any_number_of_folders() {
        let fitting = |key: &str, pattern: &str| {
            let step = |step: &str| (step != "**").then(|| Pattern::new(step).unwrap());
            let patterns: Vec<_> = pattern.split('/').map(step).collect();
            fits(&key.split('/').collect::<Vec<_>>(), &patterns)
        };
        for (key, pattern) in [
            ("a.tar", "**/*.tar"),
            ("x/y/a.tar", "**/*.tar"),
            ("x/y/a.tar", "**/y/**/*.tar"),
            ("x/y/z/w/a.tar", "**/y/**/*.tar"),
            ("y/a.tar", "**/y/**/*.tar"),
        ] {
            assert!(fitting(key, pattern), "{key} {pattern}");
        }
        for (key, pattern) in [
            ("x/.hidden/a.tar", "**/*.tar"),
            ("x/.a.tar", "**/*.tar"),
            ("x/a.txt", "**/*.tar"),
            ("x/a.tar", "**/y/**/*.tar"),
            ("y", "**/y/*"),
        ] {
            assert!(!fitting(key, pattern), "{key} {pattern}");
        }
    }

    #[test]
    fn folders_and_patterns_leave_open_which_objects_there_are() {
        for open in ["s3://b", "s3://b/", "S3://b/a/", "s3://b/a/*.tar", "s3://b/**"] {
            assert!(is_open(open), "{open}");
        }
        for one in ["s3://b/a", "s3://b/a?.tar", "s3://b/[a].tar", "https://h/*.tar", "a/*.tar", "s3:b/*"] {
            assert!(!is_open(one), "{one}");
        }
    }
}
