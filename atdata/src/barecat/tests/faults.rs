//! What Python's barecat 0.3.1 does wrong, each found by trying it, and which test says that it is not so here. Those without
//! another place follow below, in this order.
//!
//! | | Python | guarded by |
//! |---|---|---|
//! | 1 | a kill loses all since the archive was opened | `tests/dataset/barecat.rs`, with Python's verify `tests/interop/barecat_steps.rs` |
//! | 2 | a row is committed whose bytes are in a buffer | the same |
//! | 3 | two writers put files at one place | `two_writers_take_turns` |
//! | 4 | verifying waits for ever for a missing shard | `a_missing_shard_fails_its_own_files_alone`, and of a dangling link below |
//! | 5 | `[` in the name of a folder hides shards | below |
//! | 6 | a refused add leaves its bytes | below |
//! | 7 | a directory renamed into one that is not there breaks the index | `what_is_renamed_has_its_parents_made_and_is_whole` |
//! | 8 | of a file the same is told to be there already | the same |
//! | 9 | a directory can be moved into itself | the same |
//! | 10 | extracting writes outside of its folder | `nothing_is_extracted_outside_of_the_folder` |
//! | 11 | extracting forgets modes, times and empty directories | `a_folder_comes_back_as_it_was` |
//! | 12 | `..` is stored | `paths_that_lead_out_clash_or_are_there_are_not_written` |
//! | 13 | a NUL in a path puts it into another directory | the same |
//! | 14 | writing in bulk drops triggers, and then fails | `the_index_has_the_names_that_python_asks_for` |
//! | 15 | a connection without recursive triggers loses subtrees | below |
//! | 16 | an index over a tar archive has no checksums, and of one archive alone | `tests/dataset/exports.rs` |
//! | 17 | closing gaps destroys tar archives that are shards | `what_is_not_the_archives_alone_is_not_moved` in `writer/defrag.rs` |
//! | 18 | an archive of the old name, or older than its schema, needs `upgrade`, which cannot be run | `an_index_of_the_old_name_is_found_and_what_is_none_is_told`, `versions_of_the_schema_are_told_apart` |

use super::*;

#[cfg(unix)]
#[test]
fn a_shard_that_is_a_dangling_link_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    let shard = folder.path().join("a.barecat-shard-00001");
    fs::remove_file(&shard).unwrap();
    std::os::unix::fs::symlink("nowhere", &shard).unwrap();
    let verified = Archive::open(&path).unwrap().verify(&VerifyOptions::new()).unwrap();
    assert!(!verified.is_sound());
    assert!(verified.problems.iter().any(|problem| problem.message.contains("a.barecat-shard-00001")));
    assert!(verified.checked > 0);
}

#[test]
fn a_name_may_have_what_patterns_are_made_of() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("g[1]");
    fs::create_dir(&inner).unwrap();
    let path = inner.join("a[b]");
    let mut writer = Writer::create_with(&path, &CreateOptions::new().shard_size_limit(10)).unwrap();
    (0..5).for_each(|n| writer.add(&format!("{n}"), b"12345678").unwrap());
    writer.finish().unwrap();
    let mut writer = Writer::append(&path).unwrap();
    writer.add("more", b"12345678").unwrap();
    writer.remove("1").unwrap();
    writer.finish().unwrap();
    assert_eq!(names(&inner).len(), 7);
    assert_eq!(defrag(&path, &DefragOptions::new(), &mut |_| ()).unwrap().freed, 8);
    assert_eq!((is_sound(&path).files, names(&inner).len()), (5, 6));
    assert_eq!(Archive::open(&path).unwrap().get("more").unwrap(), b"12345678");
}

#[test]
fn an_add_that_is_refused_leaves_no_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    let mut writer = Writer::append(&path).unwrap();
    for taken in ["empty", "d0", "empty/below", "../out", "a\0b", "", "nothing/in it"] {
        assert!(writer.add(taken, b"bytes that nobody asked for").is_err(), "{taken}");
    }
    writer.finish().unwrap();
    let verified = is_sound(&path);
    assert_eq!((verified.unused, verified.files), (0, 31));
}

#[test]
fn all_directories_above_a_change_know_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = small(&folder);
    let deep = "one/two/three/four/five";
    let mut writer = Writer::append(&path).unwrap();
    writer.add(&format!("{deep}/file"), b"12345").unwrap();
    writer.finish().unwrap();
    let sums = |dir: &str| match Archive::open(&path).unwrap().stat(dir).unwrap() {
        Node::Dir(dir) => (dir.num_files_tree, dir.size_tree),
        Node::File(_) => (0, 0),
    };
    let (files, size) = sums("");
    for above in ["one", "one/two", "one/two/three", deep] {
        assert_eq!(sums(above), (1, 5), "{above}");
    }
    let mut writer = Writer::append(&path).unwrap();
    writer.rename("one/two/three", "other").unwrap();
    writer.finish().unwrap();
    assert_eq!(
        (sums("one"), sums("one/two"), sums("other/four/five"), sums("")),
        ((0, 0), (0, 0), (1, 5), (files, size))
    );
    is_sound(&path);
}

#[test]
fn forms_of_unicode_are_names_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let mut writer = Writer::create(&path).unwrap();
    writer.add("caf\u{e9}", b"composed").unwrap();
    writer.add("cafe\u{301}", b"decomposed").unwrap();
    writer.finish().unwrap();
    let archive = Archive::open(&path).unwrap();
    assert_eq!(archive.get("caf\u{e9}").unwrap(), b"composed");
    assert_eq!(archive.get("cafe\u{301}").unwrap(), b"decomposed");
}
