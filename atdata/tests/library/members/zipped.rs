//! Members that are compressed by themselves: which field they fill, and how much they may unpack to.

use atdata::{Dataset, Packable, Result};

#[test]
fn a_member_that_a_field_names_fills_no_other() {
    #[derive(Packable, Debug, PartialEq)]
    #[packable(layout = "members")]
    struct Both {
        #[packable(member = "meta.json")]
        plain: Option<i64>,
        #[packable(member = "meta.json.gz")]
        packed: Option<i64>,
    }
    #[derive(Packable, Debug, PartialEq)]
    #[packable(layout = "members")]
    struct Either {
        #[packable(member = "meta.json")]
        meta: i64,
    }
    let one = Both { plain: None, packed: Some(1) };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar");
    let all = [one, Both { plain: Some(2), packed: None }, Both { plain: Some(3), packed: Some(4) }];
    Dataset::write_refs(&path, &all).unwrap();
    assert_eq!(Dataset::<Both>::open(&path).unwrap().ordered().collect::<Result<Vec<_>>>().unwrap(), all);
    // Without a field of its own it is the same one, compressed.
    let either: Vec<_> = Dataset::<Either>::open(&path).unwrap().ordered().collect();
    assert_eq!(either[..2].iter().flatten().map(|either| either.meta).collect::<Vec<_>>(), [1, 2]);
    let error = either[2].as_ref().unwrap_err().to_string();
    assert!(
        error.contains("expected one member of `meta.json`, found `meta.json.gz` beside another of them"),
        "{error}"
    );
}
