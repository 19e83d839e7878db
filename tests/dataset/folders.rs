//! Plain shards as `tar cf shard.tar folder/` makes them: folders, and files that belong to no sample, stand between the samples.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use atdata::dataset::Tail;
use atdata::order::Order;
use atdata::shard::Contents;
use atdata::{Dataset, DictSample, ErrorKind, Group, Packable, ReadOptions, Value};

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(layout = "members", allow_unknown)]
struct Caption {
    #[packable(member = "txt")]
    text: String,
}

const FOLDERS: usize = 4;
const EACH: usize = 5;

/// The archive that GNU tar makes of folders with captions in them, with long names in one of them.
fn archive(dir: &Path, format: &str) -> PathBuf {
    let data = dir.join("data");
    for folder in 0..FOLDERS {
        let name = if folder == 2 { "long".repeat(20) } else { format!("f{folder}") };
        let folder_path = data.join(format!("{folder}{name}"));
        fs::create_dir_all(&folder_path).unwrap();
        for number in 0..EACH {
            let number = folder * EACH + number;
            fs::write(folder_path.join(format!("{number:02}.txt")), format!("caption {number}")).unwrap();
            fs::write(folder_path.join(format!("{number:02}.cls")), number.to_string()).unwrap();
        }
        // It has no key, for it has no dot.
        fs::write(folder_path.join("LICENSE"), "x".repeat(3000)).unwrap();
    }
    fs::create_dir(data.join("empty")).unwrap();
    std::os::unix::fs::symlink("LICENSE", data.join("0f0").join("link")).unwrap();
    let path = dir.join(format!("{format}.tar"));
    let mut command = Command::new("tar");
    command.args(["--sort=name", &format!("--format={format}"), "-cf"]).arg(&path).arg("-C").arg(dir).arg("data");
    assert!(command.status().unwrap().success());
    path
}

fn captions() -> Vec<String> {
    (0..FOLDERS * EACH).map(|number| format!("caption {number}")).collect()
}

fn planned(data: &Dataset<Caption>, order: Order, rank: usize, ranks: usize) -> Vec<String> {
    let plan = data.plan().order(order).seed(3).ranks(ranks as u64).rank(rank as u64).batch(6).tail(Tail::Uneven);
    plan.load_samples().unwrap().flat_map(|step| step.unwrap().batch).map(|caption| caption.text).collect()
}

#[test]
fn a_folder_that_was_packed_by_tar_is_planned_as_it_is() {
    for format in ["gnu", "pax", "ustar"] {
        let dir = tempfile::tempdir().unwrap();
        let path = archive(dir.path(), format);
        let data = Dataset::<Caption>::open(&path).unwrap();
        let ordered: Vec<String> = data.ordered().map(|caption| caption.unwrap().text).collect();
        assert_eq!(ordered, captions());
        for kept in [false, true] {
            if kept {
                assert_eq!(usize::try_from(data.untyped().index(1, &|_| ()).unwrap().samples).unwrap(), FOLDERS * EACH);
            }
            let data = Dataset::<Caption>::open(&path).unwrap();
            assert_eq!(data.len().unwrap(), FOLDERS * EACH);
            assert_eq!(planned(&data, Order::Stored, 0, 1), captions(), "{format}");
            let mut all: Vec<String> = (0..3).flat_map(|rank| planned(&data, Order::Global, rank, 3)).collect();
            let mut expected = captions();
            all.sort();
            expected.sort();
            assert_eq!(all, expected, "{format}");
            for (at, text) in captions().iter().enumerate() {
                assert_eq!(&data.at(at).unwrap().text, text);
            }
            assert_eq!(data.get("data/1f1/07").unwrap().text, "caption 7");
            // Without a type, and as groups.
            let untyped = Dataset::<DictSample>::open(&path).unwrap();
            let sample = untyped.select(&[5]).unwrap().remove(0);
            assert_eq!(sample.get("cls"), Some(&Value::Int(5)), "{sample:?}");
            let group = Dataset::<Group>::open(&path).unwrap().at(15).unwrap();
            assert_eq!((group.key.as_str(), group.get("txt").unwrap().as_ref()), ("data/3f3/15", &b"caption 15"[..]));
        }
        // Another sample stands before it now, where the contents say that there is none: it is never given for the one of the key.
        let contents = Contents::open(&path).unwrap().unwrap();
        let place = contents.sample(EACH as u64).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        let (start, data) = (place.start, place.members.first().unwrap().data);
        let before = &mut bytes[usize::try_from(start).unwrap()..usize::try_from(data).unwrap()];
        let at = before.windows(7).position(|name| name == b"LICENSE").unwrap();
        // The same sum.
        before[at..at + 7].copy_from_slice(b"lICE.SE");
        fs::write(&path, bytes).unwrap();
        let data = Dataset::<Group>::open(&path).unwrap();
        match data.at(EACH) {
            Ok(group) => assert_eq!(group.key, "data/1f1/05", "{format}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{format}: {error}"),
        }
    }
}

/// What is between samples is in memory with the next one.
#[test]
fn a_large_file_of_no_sample_is_refused_as_a_large_member_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = archive(dir.path(), "gnu");
    fs::write(dir.path().join("data/1f1/LICENSE"), vec![0; 3 << 20]).unwrap();
    let mut command = Command::new("tar");
    command.args(["--sort=name", "-cf"]).arg(&path).arg("-C").arg(dir.path()).arg("data");
    assert!(command.status().unwrap().success());
    let data = Dataset::<Caption>::open(&path).unwrap();
    let all = planned(&data, Order::Stored, 0, 1);
    assert_eq!(all, captions());
    data.untyped().index(1, &|_| ()).unwrap();
    let data = Dataset::<Caption>::open(&path).unwrap().with_options(ReadOptions::new().max_member(1 << 20));
    let errors: Vec<String> = (0..FOLDERS * EACH).filter_map(|at| data.at(at).err()).map(|e| e.to_string()).collect();
    assert!(
        matches!(&errors[..], [one] if one.contains("belong to none") && one.contains("--max-member")),
        "{errors:?}"
    );
}
