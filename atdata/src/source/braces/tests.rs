#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]
use super::*;
use crate::error::Error;

#[track_caller]
fn same(pattern: &str, expected: &[&str]) {
    assert_eq!(expand(pattern).unwrap(), expected, "{pattern}");
}

/// What `braceexpand` 0.1.7 makes of them.
#[test]
fn patterns_expand_as_in_python() {
    same("a.tar", &["a.tar"]);
    same("", &[""]);
    same("a-{0..3}.tar", &["a-0.tar", "a-1.tar", "a-2.tar", "a-3.tar"]);
    same("a-{000..003}.tar", &["a-000.tar", "a-001.tar", "a-002.tar", "a-003.tar"]);
    same("a-{003..000}.tar", &["a-003.tar", "a-002.tar", "a-001.tar", "a-000.tar"]);
    same("a-{0..10..3}.tar", &["a-0.tar", "a-3.tar", "a-6.tar", "a-9.tar"]);
    same("a-{a..e}.tar", &["a-a.tar", "a-b.tar", "a-c.tar", "a-d.tar", "a-e.tar"]);
    same("{x,y}/a-{0..1}.tar", &["x/a-0.tar", "x/a-1.tar", "y/a-0.tar", "y/a-1.tar"]);
    same("a-{1,2,{3..5}}.tar", &["a-1.tar", "a-2.tar", "a-3.tar", "a-4.tar", "a-5.tar"]);
    same("a-{}.tar", &["a-{}.tar"]);
    same("a-{x}.tar", &["a-{x}.tar"]);
    same(r"a\{0..1\}.tar", &["a{0..1}.tar"]);
    same("{-2..2}", &["-2", "-1", "0", "1", "2"]);
    same("{08..11}", &["08", "09", "10", "11"]);
    same("{1..03}", &["01", "02", "03"]);
    same("a{,b}c", &["ac", "abc"]);
    same("{0..0}", &["0"]);
    let s3 = ["train/x-000000", "train/x-000001", "train/x-000002", "test/x-000000", "test/x-000001", "test/x-000002"];
    let s3 = s3.map(|name| format!("s3://b/{name}.tar"));
    assert_eq!(expand("s3://b/{train,test}/x-{000000..000002}.tar").unwrap(), s3);
    let letters: Vec<_> = ('A'..='Z').chain('a'..='c').map(String::from).collect();
    assert_eq!(expand("{A..c}").unwrap(), letters);
}

#[test]
fn ranges_step_pad_and_descend() {
    same("{00..10..3}", &["00", "03", "06", "09"]);
    same("{-01..1}", &["-01", "000", "001"]);
    same("{2..-1}", &["2", "1", "0", "-1"]);
    same("{9..1..-4}", &["9", "5", "1"]);
    same("{0..2..0}", &["0", "1", "2"]);
    same("{0..2..99999999999999999999999}", &["0"]);
    same("{a..e..2}", &["a", "c", "e"]);
    same("{e..a..2}", &["e", "c", "a"]);
    same("{c..A..26}", &["c", "C"]);
    same("{a..a}", &["a"]);
    same("{0..-0}", &["0"]);
}

#[test]
fn braces_that_are_neither_list_nor_range_stand_for_themselves() {
    for literal in ["{1.5..2}", "{a..3}", "{..}", "{1..}", "{1...3}", "{1..2..x}", "{ab..c}", "{1..2..3..4}", "{é..z}"]
    {
        same(literal, &[literal]);
    }
    same("{{a,b}}", &["{a}", "{b}"]);
    same("{x{1..2}}", &["{x1}", "{x2}"]);
    same("python{2.{5..6},3.{2,3}}", &["python2.5", "python2.6", "python3.2", "python3.3"]);
    same("a,b{,}", &["a,b", "a,b"]);
}

#[test]
fn backslashes_escape_braces_and_commas_only() {
    same(r"{a\,b,c}", &["a,b", "c"]);
    same(r"{1\{2,3}", &["1{2", "3"]);
    same(r"x\\{0,1}", &[r"x\0", r"x\1"]);
    same(r"x\\\{0,1\}", &[r"x\{0,1}"]);
    same(r"C:\x\y.tar", &[r"C:\x\y.tar"]);
    same(r"C:\data\x-{0..1}.tar", &[r"C:\data\x-0.tar", r"C:\data\x-1.tar"]);
    same(r"\\host\share\x-{0..1}.tar", &[r"\\host\share\x-0.tar", r"\\host\share\x-1.tar"]);
}

#[track_caller]
fn fails(pattern: &str) -> Error {
    let error = expand(pattern).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    error
}

#[test]
fn braces_without_a_partner_are_pointed_at() {
    assert_eq!(
        fails("a-{0..3.tar").to_string(),
        r"a-{0..3.tar: expected a `}` for the `{` at byte 2, found none: write `\{` for a brace in a name"
    );
    assert_eq!(
        fails("{a,b}-0}.tar").to_string(),
        r"{a,b}-0}.tar: expected a `{` before the `}` at byte 7, found none: write `\}` for a brace in a name"
    );
    for pattern in ["{", "}", "}{", "{a,{b}", r"{a,b\}", r"\{x}", "{a,b}}"] {
        fails(pattern);
    }
}

#[test]
fn hostile_patterns_are_refused_before_they_take_memory() {
    assert!(fails("{0..99999999999}").to_string().contains("found 100000000000 and"));
    fails(&"{0..9}".repeat(1000));
    fails(&format!("{}{{0..99999}}", "x".repeat(100_000)));
    fails(&format!("{{{}1..9}}", "0".repeat(300)));
    fails("{-999999999999999999..999999999999999999}");
    fails("{0..9999999999999999999999999}");
    fails("{0..99999999999..99}");
    fails(&"{".repeat(1_000_000));
    fails(&format!("{}{}", "{".repeat(65), "}".repeat(65)));
    let deep = format!("{}x{}", "{,".repeat(64), "}".repeat(64));
    assert_eq!(expand(&deep).unwrap().len(), 65);
    assert_eq!(expand("{0..999999}").unwrap().len(), 1_000_000);
}
