//! Checks of object names, and the URLs that come of them.

use std::collections::HashSet;
use std::sync::Arc;

use super::{has, put};
use crate::conformance::{Outcome, holds, same};
use crate::error::ErrorKind;
use crate::store::Store;

pub(super) fn names_that_lead_elsewhere_are_refused(store: &Arc<dyn Store>) -> Outcome {
    for name in
        ["", "/", "/a.tar", "../a.tar", "a/../b.tar", "a/..", "./a.tar", "a//b.tar", "a/", "a\\b.tar", "C:/a.tar"]
    {
        match store.create(name) {
            Err(error) => {
                same(&format!("the kind of error for the name {name:?}"), error.kind(), ErrorKind::InvalidInput)?;
            }
            Ok(_) => holds(&format!("the name {name:?} is taken"), false)?,
        }
    }
    Ok(())
}

pub(super) fn names_of_many_kinds_are_taken(store: &Arc<dyn Store>) -> Outcome {
    let long = format!("{}/{}.tar", "d".repeat(40), "n".repeat(60));
    for name in ["a", "a.tar", "a/b/c/d/e.tar", "x y/größe 日本.tar", "a+b&c=d.tar", "(a)'b'~!@$.tar", &long] {
        put(&**store, name, name.as_bytes())?;
        has(&**store, name, Some(name.as_bytes()))?;
        same(&format!("what `remove` says of {name:?}"), store.remove(&store.object_url(name))?, true)?;
    }
    Ok(())
}

pub(super) fn a_store_holds_what_it_names(store: &Arc<dyn Store>) -> Outcome {
    let names = ["a.tar", "b.tar", "a/a.tar", "not there/b.tar"];
    let urls: HashSet<_> = names.iter().map(|name| store.object_url(name)).collect();
    same("how many URLs the names have", urls.len(), names.len())?;
    for url in &urls {
        holds(&format!("{url} is a URL of the store"), store.holds(url))?;
    }
    holds("what other programs may read has a URL", !store.read_url(&store.object_url("a.tar")).is_empty())
}

pub(super) fn a_store_does_not_hold_the_urls_of_others(store: &Arc<dyn Store>) -> Outcome {
    let (own, root) = (store.object_url("a.tar"), store.url());
    put(&**store, "a.tar", b"a")?;
    let others = [
        "https://example.org/a.tar".to_owned(),
        "s3://another-bucket/a.tar".to_owned(),
        "/another/folder/a.tar".to_owned(),
        "a.tar".to_owned(),
        "-".to_owned(),
        String::new(),
        format!("{root}-2/a.tar"),
        own.replace("a.tar", "b/../../a.tar"),
        own.replace("a.tar", "../a.tar"),
    ];
    for url in &others {
        holds(&format!("{url:?} is no URL of the store"), !store.holds(url))?;
        match store.remove(url) {
            Err(error) => {
                same(&format!("the kind of error of removing {url:?}"), error.kind(), ErrorKind::InvalidInput)?;
            }
            Ok(_) => holds(&format!("{url:?} is refused"), false)?,
        }
    }
    has(&**store, "a.tar", Some(b"a"))
}

pub(super) fn names_that_it_makes_are_never_the_same(store: &Arc<dyn Store>) -> Outcome {
    let made: HashSet<_> = (0..100).map(|_| store.unique()).collect();
    same("how many of a hundred are different", made.len(), 100)?;
    let sound =
        |text: &String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    holds("they are of letters, digits and `-`", made.iter().all(sound))
}
