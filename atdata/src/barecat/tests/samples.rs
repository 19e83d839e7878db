//! Archives as datasets: what is none, and how it is said.

use super::*;
use crate::source::Shard;
use crate::{Dataset, Group};

fn archive(folder: &TempDir, names: &[&str]) -> PathBuf {
    let path = folder.path().join("a.barecat");
    let mut writer = Writer::create_with(&path, &CreateOptions::new().replace(true)).unwrap();
    for name in names {
        writer.add(name, b"bytes").unwrap();
    }
    writer.finish().unwrap();
    path
}

#[test]
fn a_field_in_upper_and_lower_case_is_told_also_of_those_that_are_no_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    let path = archive(&folder, &["1.JPG", "1.TXT", "1.jpg"]);
    let error = Dataset::<Group>::open(&path).unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::InvalidInput, Some("1.jpg")), "{error}");
    let path = archive(&folder, &["1.JPG", "1.TXT", "2.jpg", "2.txt"]);
    assert_eq!(Dataset::<Group>::open(&path).unwrap().len().unwrap(), 2);
}

#[test]
fn paths_that_are_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for change in ["'1' || char(0) || '.jpg'", "'../1.jpg'"] {
        let path = archive(&folder, &["1.jpg", "2.jpg"]);
        sql(&path, &format!("UPDATE files SET path={change} WHERE path='1.jpg'"));
        let error = Dataset::<Group>::open(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
}

#[test]
fn an_archive_without_samples_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for names in [&[] as &[&str], &["README", "LICENSE"]] {
        let path = archive(&folder, names);
        let error = Dataset::<Group>::open(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let text = error.to_string();
        assert!(text.contains("a.barecat") && text.contains(&format!("{} files", names.len())), "{text}");
    }
}

#[test]
fn a_digest_of_an_archive_is_not_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = archive(&folder, &["1.jpg"]);
    let named = Shard::from_path(&path);
    let asked =
        [named.clone().on(|terms| terms.sha256 = Some([0; 32])), named.clone().on(|terms| terms.size = Some(1))];
    for shard in asked {
        let error = Dataset::<Group>::open(shard).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    }
    let guarded = Dataset::<Group>::open(named.on(|terms| terms.guarded = true)).unwrap();
    assert!(guarded.shards().iter().all(Shard::is_guarded));
}

#[cfg(feature = "sqlite")]
#[test]
fn an_index_has_the_whole_path_of_an_archive_and_of_no_part_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = archive(&folder, &["1.jpg", "2.jpg", "3.jpg"]);
    let up = std::env::current_dir().unwrap().components().skip(1).map(|_| "../").collect::<String>();
    let whole = path.to_str().unwrap().to_owned();
    let relative = format!("{up}{}", whole.trim_start_matches('/'));
    let index = crate::index::Index::connect(folder.path().join("index.db").to_str().unwrap()).unwrap();
    for dataset in [Dataset::<Group>::open(relative.as_str()), Dataset::open(&path)] {
        let entry = index.insert("photos", &dataset.unwrap()).unwrap();
        let [url] = entry.data_urls.as_slice() else { panic!("{:?}", entry.data_urls) };
        assert!(Path::new(url).is_absolute(), "{url}");
        assert_eq!(Dataset::<Group>::open(url.as_str()).unwrap().len().unwrap(), 3);
    }
    let parts = Archive::open(&path).unwrap().into_shards(&SampleOptions::new().per_shard(1)).unwrap();
    assert_eq!(parts.len(), 3);
    let error = index.insert("parts", &Dataset::<Group>::open(parts).unwrap()).unwrap_err();
    assert!(error.to_string().contains("by its path"), "{error}");
}
