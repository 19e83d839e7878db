//! Groups that borrow their members.

use atdata::shard::GroupRef;
use atdata::{Dataset, ErrorKind, Group, Packable};

#[derive(Packable)]
struct Caption {
    text: String,
}

#[test]
fn raw_groups_are_seen_without_a_copy_of_their_members() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("groups.tar");
    let groups =
        [Group::new("a/1", [("jpg", &b"x"[..]), ("seg.png", b"yy"), ("cls", b"")]), Group::new("a/2", [("txt", "z")])];
    Dataset::write(&path, groups.clone()).unwrap();
    let owned: Vec<_> = Dataset::<Group>::open(&path).unwrap().ordered().flatten().collect();
    let mut raw = Dataset::<Group>::open(&path).unwrap().raw();
    for (group, owned) in groups.iter().zip(&owned) {
        let sample = raw.next().unwrap().unwrap();
        let seen = sample.view::<GroupRef>().unwrap();
        assert_eq!((seen.key(), seen.names().collect::<Vec<_>>()), (group.key(), group.names().collect()));
        for (name, content) in &group.fields {
            assert_eq!(seen.get(name), Some(&content[..]));
        }
        assert_eq!(seen.to_group(), *owned);
        let error = seen.member("jpeg").unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::SchemaMismatch, Some(group.key())));
        for error in [error, owned.member("jpeg").unwrap_err(), owned.member("JPG").unwrap_err()] {
            let is_told = error.to_string().ends_with("; did you mean `jpg`?");
            assert_eq!(is_told, group.get("jpg").is_some(), "{error}");
        }
        let error = owned.to_dict().unwrap().array("jpeg").unwrap_err().to_string();
        assert_eq!(error.ends_with("; did you mean `jpg`?"), group.get("jpg").is_some(), "{error}");
    }
    assert!(raw.next().is_none());
}

#[test]
fn a_packed_sample_is_no_group() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("packed.tar");
    Dataset::write(&path, [Caption { text: "a".into() }]).unwrap();
    let mut raw = Dataset::<Caption>::open(&path).unwrap().raw();
    let error = raw.next().unwrap().unwrap().view::<GroupRef>().unwrap_err();
    assert!(error.to_string().contains("expected a group, found a packed sample"), "{error}");
}
