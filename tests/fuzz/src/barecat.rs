//! Any bytes as the index of an archive of barecat: no panic, and nothing is written but what is extracted, below its folder.

use std::fs;

use atdata::barecat::{Archive, ExtractOptions, Node, Pattern, VerifyOptions};

use crate::folder;

/// Nodes that are looked at of an index that lists without an end.
const MOST: usize = 200;

/// See the module.
pub fn run(data: &[u8]) {
    folder::within("barecat", |folder| {
        let index = folder.join("x");
        fs::write(&index, data).unwrap();
        fs::write(folder.join("x-shard-00000"), SHARD).unwrap();
        let before = folder::all_in(folder);
        if let Ok(archive) = Archive::open(&index) {
            look(&archive);
            extract(&archive, &folder.join("out"));
        }
        let after: Vec<_> =
            folder::all_in(folder).into_iter().filter(|path| !path.starts_with(folder.join("out"))).collect();
        assert_eq!(after, before, "something is written beside the folder to extract to");
        assert!(fs::read(&index).unwrap() == data, "the index is changed by reading it");
    });
}

/// The bytes of the files of the seeds: `a.txt` at 0 and `b/c.txt` at 5.
const SHARD: &[u8] = b"one..two two..the rest";

fn look(archive: &Archive) {
    let _ = (archive.len(), archive.exists("a.txt"), archive.stat("b"));
    let nodes: Vec<Node> = archive.walk("").into_iter().flatten().take(MOST).filter_map(Result::ok).collect();
    // By SQLite, and by what is in memory.
    for round in 0..2 {
        for node in &nodes {
            let path = node.path();
            let _ = (archive.stat(path), archive.exists(path), archive.get(path));
            let mut buffer = [0; 16];
            if let Ok(read) = archive.read_at(path, &mut buffer, 2) {
                assert!(read <= buffer.len());
            }
            if node.is_dir() {
                let _ = archive.list(path);
            }
        }
        if round == 0 && !matches!(archive.load_index(1 << 20), Ok(Some(_))) {
            break;
        }
    }
    let _ = archive.glob_each(&Pattern::new("**/*.txt"));
    let _ = archive.verify(&VerifyOptions::new());
}

fn extract(archive: &Archive, out: &std::path::Path) {
    let Ok(mut extractor) = archive.extractor(out, &ExtractOptions::new()) else { return };
    for node in archive.walk("").into_iter().flatten().take(MOST).flatten() {
        let _ = extractor.extract(&node);
    }
    let _ = extractor.finish();
}
