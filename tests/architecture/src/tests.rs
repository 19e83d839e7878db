//! The guard on made-up trees, so that it cannot go blind without being noticed.

use std::collections::{BTreeMap, BTreeSet};

use crate::{House, Map, Sources, arrows, circles, faults, overview, paths, sources};

/// A tree whose library is the crate `own` in the folder `own`; the paths begin in its `src`.
fn sources_of(files: &[(&str, &str)]) -> Sources {
    let mut sources: Sources =
        files.iter().map(|(file, text)| (format!("own/src/{file}"), (*text).to_owned())).collect();
    sources.insert("own/Cargo.toml".to_owned(), "[package]\nname = \"own\"\n".to_owned());
    sources
}

fn house(files: &[(&str, &str)]) -> House {
    House::read(&sources_of(files)).unwrap()
}

/// `from:line name to`, each by its file in `own/src`.
fn taken(files: &[(&str, &str)]) -> Vec<String> {
    let house = house(files);
    let short = |file: &str| file.trim_start_matches("own/src/").to_owned();
    let found = arrows(&house).into_iter().map(|arrow| {
        let (from, to) = (short(&house[arrow.from].file), short(&house[arrow.to].file));
        format!("{from}:{} {} {to}", arrow.line, arrow.name)
    });
    found.collect()
}

fn map(rows: &str) -> Map {
    Map::read(&format!("# A house\n\n| floor | rooms | where |\n|---|---|---|\n{rows}\n")).unwrap()
}

fn said(files: &[(&str, &str)], rows: &str) -> Vec<String> {
    faults(&house(files), &map(rows)).iter().map(ToString::to_string).collect()
}

const TWO: &str = "| top | `lib` | `own/src` |\n| 2 | `high` | `own/src` |\n| 1 | `low` | `own/src` |";

#[test]
fn an_import_leads_to_the_file_that_defines_the_name() {
    let files = [
        ("lib.rs", "mod high;\nmod low;"),
        ("high.rs", "use crate::low::Stone;\nfn f(_: Stone) {}"),
        ("low.rs", "mod deep;\npub use deep::Stone;"),
        ("low/deep.rs", "pub struct Stone;"),
    ];
    assert_eq!(taken(&files), ["high.rs:1 Stone low/deep.rs"]);
}

#[test]
fn globs_and_renames_are_followed() {
    let files = [
        ("lib.rs", "mod high;\nmod low;"),
        ("high.rs", "use crate::low::Rock as Name;\nuse crate::low::Sand;\n"),
        ("low.rs", "mod a;\nmod b;\npub use a::*;\npub use b::Stone as Rock;"),
        ("low/a.rs", "pub struct Sand;"),
        ("low/b.rs", "pub struct Stone;"),
    ];
    assert_eq!(taken(&files), ["high.rs:1 Stone low/b.rs", "high.rs:2 Sand low/a.rs"]);
}

#[test]
fn re_exports_in_a_circle_come_to_an_end() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\nmod c;"),
        ("a.rs", "pub use crate::b::*;"),
        ("b.rs", "pub use crate::a::*;"),
        ("c.rs", "use crate::a::Nothing;"),
    ];
    assert_eq!(taken(&files), ["a.rs:1 b b.rs", "b.rs:1 a a.rs", "c.rs:1 Nothing a.rs"]);
}

#[test]
fn groups_within_groups_are_read_name_by_name() {
    let files = [
        ("lib.rs", "mod high;\nmod low;"),
        ("high.rs", "use crate::{\n    low::{\n        self, Sand,\n        deep::{Clay, Stone as _},\n    },\n};\n"),
        ("low.rs", "pub mod deep;\npub struct Sand;"),
        ("low/deep.rs", "pub struct Stone;\npub struct Clay;"),
    ];
    let expected =
        ["high.rs:3 Sand low.rs", "high.rs:3 low low.rs", "high.rs:4 Clay low/deep.rs", "high.rs:4 Stone low/deep.rs"];
    assert_eq!(taken(&files), expected);
}

#[test]
fn super_leads_up_from_files_and_blocks() {
    let files = [
        ("lib.rs", "mod room;"),
        ("room.rs", "pub struct Face;\nmod left;\nmod right;"),
        ("room/left.rs", "mod inner {\n    use super::super::right::Right;\n    use super::super::Face;\n}"),
        ("room/right.rs", "pub struct Right;\nfn f(_: super::Face) {}"),
    ];
    let expected =
        ["room/right.rs:2 Face room.rs", "room/left.rs:2 Right room/right.rs", "room/left.rs:3 Face room.rs"];
    assert_eq!(BTreeSet::from_iter(taken(&files)), BTreeSet::from_iter(expected.map(str::to_owned)));
}

#[test]
fn paths_in_code_types_and_macros_count_as_imports_do() {
    let files = [
        ("lib.rs", "mod high;\nmod low;"),
        (
            "high.rs",
            "use crate::low;\nfn f(x: crate::low::Sand) -> u8 {\n    low::deep::g();\n    println!(\"{}\", crate::low::deep::g());\n    \
             vec![<crate::low::Sand as Clone>::clone(&x)];\n    x.low::<u8>()\n}",
        ),
        ("low.rs", "pub mod deep;\npub struct Sand;"),
        ("low/deep.rs", "pub fn g() {}"),
    ];
    let expected = [
        "high.rs:1 low low.rs",
        "high.rs:2 Sand low.rs",
        "high.rs:5 Sand low.rs",
        "high.rs:3 g low/deep.rs",
        "high.rs:4 g low/deep.rs",
    ];
    assert_eq!(BTreeSet::from_iter(taken(&files)), BTreeSet::from_iter(expected.map(str::to_owned)));
}

#[test]
fn code_that_a_cfg_leaves_out_counts_and_tests_do_not() {
    let files = [
        ("lib.rs", "mod high;\nmod low;"),
        (
            "high.rs",
            "#[cfg(feature = \"never\")]\nuse crate::low::Sand;\n#[cfg(test)]\nuse crate::low::Clay;\n#[cfg(all(test, unix))]\nmod \
             checks {\n    use crate::low::Clay;\n}\nmod tests;\n#[cfg(any(test, unix))]\nuse crate::low::Loam;",
        ),
        ("low.rs", "pub struct Sand;\npub struct Clay;\npub struct Loam;"),
    ];
    assert_eq!(taken(&files), ["high.rs:2 Sand low.rs", "high.rs:11 Loam low.rs"]);
}

#[test]
fn files_are_found_by_path_attributes_and_old_names() {
    let files = [
        ("lib.rs", "#[path = \"elsewhere/of.rs\"]\nmod high;\nmod low;"),
        ("elsewhere/of.rs", "mod beside;"),
        ("elsewhere/of/beside.rs", "use crate::low::deep::Stone;"),
        ("low/mod.rs", "pub mod deep;"),
        ("low/deep.rs", "pub struct Stone;"),
    ];
    assert_eq!(taken(&files), ["elsewhere/of/beside.rs:1 Stone low/deep.rs"]);
}

#[test]
fn a_mod_line_without_its_file_is_said() {
    let error = House::read(&sources_of(&[("lib.rs", "mod gone;")])).unwrap_err();
    assert_eq!(error, "own/src/gone.rs: not there, but a `mod` line names it");
}

#[test]
fn a_house_in_order_has_no_fault() {
    let files = [
        ("lib.rs", "mod high;\nmod low;\npub use high::High;"),
        ("high.rs", "pub struct High(crate::low::Low);"),
        ("low.rs", "mod part;\npub use part::Part;\npub struct Low(Part);"),
        ("low/part.rs", "pub struct Part(Option<Box<super::Low>>);"),
    ];
    assert_eq!(said(&files, TWO), Vec::<String>::new());
}

#[test]
fn an_arrow_upwards_names_file_line_name_and_owner() {
    let files = [
        ("lib.rs", "mod high;\nmod low;"),
        ("high.rs", "mod inner;\npub use inner::High;"),
        ("high/inner.rs", "pub struct High;"),
        ("low.rs", "\nuse crate::high::High;"),
    ];
    let expected =
        "own/src/low.rs:2: room `low` (floor 1) takes `High` of room `high` (floor 2, own/src/high/inner.rs)";
    assert_eq!(said(&files, TWO), [expected]);
}

#[test]
fn a_room_of_the_same_floor_is_no_lower_one() {
    let files = [
        ("lib.rs", "mod left;\nmod right;"),
        ("left.rs", "use crate::right::Right;"),
        ("right.rs", "pub struct Right;"),
    ];
    let rows = "| top | `lib` | `own/src` |\n| 1 | `left`, `right` | `own/src` |";
    let expected = "own/src/left.rs:1: room `left` (floor 1) takes `Right` of room `right` (floor 1, own/src/right.rs)";
    assert_eq!(said(&files, rows), [expected]);
}

#[test]
fn a_low_name_is_not_taken_by_way_of_a_higher_room() {
    let files = [
        ("lib.rs", "mod high;\nmod low;\nmod ground;"),
        ("high.rs", "pub use crate::ground::Stone;"),
        ("low.rs", "use crate::high::Stone;"),
        ("ground.rs", "pub struct Stone;"),
    ];
    let rows = format!("{TWO}\n| 0 | `ground` | `own/src` |");
    let expected =
        "own/src/low.rs:1: room `low` (floor 1) takes `Stone` (own/src/ground.rs) by way of room `high` (floor 2)";
    assert_eq!(said(&files, &rows), [expected]);
}

#[test]
fn nobody_imports_through_the_root_by_any_of_its_names() {
    let files = [
        ("lib.rs", "extern crate self as own;\nmod high;\nmod low;\npub use low::Low;"),
        (
            "high.rs",
            "use crate::Low as A;\nuse super::Low as B;\nuse own::Low as C;\nfn f() -> crate::Low {}\nuse crate::{Low as D};",
        ),
        ("low.rs", "pub struct Low;"),
    ];
    let said = said(&files, TWO);
    let lines: Vec<&str> = said.iter().filter_map(|line| line.split(':').nth(1)).collect();
    assert_eq!(lines, ["1", "2", "3", "4", "5"], "{said:#?}");
    let expected = "own/src/high.rs:1: room `high` takes `Low` through the crate root (`crate::Low`); name the room that has it, \
                    own/src/low.rs";
    assert_eq!(said[0], expected);
}

#[test]
fn exported_macros_may_be_named_at_the_root() {
    let files = [
        ("lib.rs", "mod high;\nmod low;\npub use high::High;"),
        ("high.rs", "pub struct High;\nfn f() {\n    crate::stone!();\n}"),
        ("low.rs", "#[macro_export]\nmacro_rules! stone {\n    () => { $crate::High };\n}"),
    ];
    assert_eq!(said(&files, TWO), Vec::<String>::new());
}

#[test]
fn circles_of_rooms_are_named_with_what_ties_them() {
    let files = [
        ("lib.rs", "mod high;\nmod low;"),
        ("high.rs", "pub struct A(crate::low::B);"),
        ("low.rs", "pub struct B(crate::high::A);"),
    ];
    let said = said(&files, TWO);
    let circle = "own/src/high.rs:1: a circle of 2 rooms: own high, own low\n    own high -> own low: B (own/src/high.rs:1)\n    own \
                  low -> own high: A (own/src/low.rs:1)";
    assert_eq!(said[0], circle);
    assert_eq!(said.len(), 2, "{said:#?}");
}

const PAIR: [(&str, &str); 4] = [
    ("lib.rs", "mod low;"),
    ("low.rs", "mod left;\nmod right;"),
    ("low/left.rs", "pub struct Left(super::right::Right);"),
    ("low/right.rs", "pub struct Right(Option<Box<super::left::Left>>);"),
];

#[test]
fn circles_of_files_within_a_room_stay_only_with_a_reason() {
    let rows = "| top | `lib` | `own/src` |\n| 1 | `low` | `own/src` |";
    let found = said(&PAIR, rows);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("a circle of 2 files: own/src/low/left.rs, own/src/low/right.rs"), "{found:#?}");

    let stays = "\n\n| files | reason |\n|---|---|\n| `own/src/low/left.rs`, `own/src/low/right.rs` | they are one |";
    assert_eq!(said(&PAIR, &format!("{rows}{stays}")), Vec::<String>::new());
    let page = format!("| floor | rooms |\n|---|---|\n{rows}{}", stays.replace("they are one", ""));
    assert!(Map::read(&page).unwrap_err().ends_with("a circle that stays has its files, and a reason"));
}

#[test]
fn a_reason_for_a_circle_that_is_none_has_to_go() {
    let files = [("lib.rs", "mod low;"), ("low.rs", "")];
    let rows = "| top | `lib` | `own/src` |\n| 1 | `low` | `own/src` |\n\n| files | reason |\n|---|---|\n| `own/src/a.rs`, \
                `own/src/b.rs` | they were |";
    assert_eq!(said(&files, rows), ["ARCHITECTURE.md:10: these files are no circle any more; take the row out"]);
}

#[test]
fn rooms_without_a_floor_and_floors_without_a_room_are_said() {
    let files = [("lib.rs", "mod low;\nmod new;"), ("low.rs", ""), ("new.rs", "")];
    let expected = [
        "ARCHITECTURE.md:6: floor 2 names room `high`, which is not in own/src",
        "own/src/new.rs:1: room `new` stands on no floor of ARCHITECTURE.md",
    ];
    assert_eq!(said(&files, TWO), expected);
    let twice = format!("{TWO}\n| 0 | `low` | `own/src` |");
    assert!(said(&files, &twice)[1].ends_with("floor 0 names room `low`, which another floor has as well"));
}

#[test]
fn rooms_of_another_crate_stand_where_the_table_says() {
    let mut sources = sources_of(&[
        ("lib.rs", "mod high;\nmod low;"),
        ("high.rs", "use below::wire::Wire;"),
        ("low.rs", "use below::wire::Wire;\nuse ::below::Shown;"),
    ]);
    for (file, text) in [
        ("below/Cargo.toml", "name = \"below\""),
        ("below/src/lib.rs", "pub mod wire;\npub use wire::Shown;"),
        ("below/src/wire.rs", "pub struct Wire;\npub struct Shown;"),
    ] {
        sources.insert(file.to_owned(), text.to_owned());
    }
    let rows = "| top | `lib` | `own/src` |\n| 3 | `high` | `own/src` |\n| 2 | `wire` | `below/src` |\n| 1 | `low` | `own/src` \
                |\n| - | `lib` | `below/src` |";
    let said: Vec<String> =
        faults(&House::read(&sources).unwrap(), &map(rows)).iter().map(ToString::to_string).collect();
    let expected = [
        "own/src/low.rs:1: room `low` (floor 1) takes `Wire` of room `wire` (floor 2, below/src/wire.rs)",
        "own/src/low.rs:2: room `low` (floor 1) takes `Shown` of room `wire` (floor 2, below/src/wire.rs)",
    ];
    assert_eq!(
        said.iter().filter(|line| line.starts_with("own/src/low")).collect::<Vec<_>>(),
        expected.iter().collect::<Vec<_>>()
    );
}

#[test]
fn a_page_without_floors_is_refused() {
    assert_eq!(Map::read("# Nothing").unwrap_err(), "no table with the columns `floor` and `rooms`");
    let empty = "| floor | rooms |\n|---|---|\n| 1 | low |";
    assert_eq!(Map::read(empty).unwrap_err(), "line 3: a floor names its rooms in backticks");
}

#[test]
fn paths_are_told_from_other_words_in_backticks() {
    let page = "`a/b.rs`, `b.rs` and `folder/`\n`Name::new`, `@local/x@1.0.0`, `cargo test -p x`, `.rs`\n```\n`not/this.rs`\n```\n\
                `c/d.md`";
    let found: Vec<(usize, String)> = paths(page);
    let found: Vec<(usize, &str)> = found.iter().map(|(line, path)| (*line, path.as_str())).collect();
    assert_eq!(found, [(1, "a/b.rs"), (1, "b.rs"), (1, "folder/"), (6, "c/d.md")]);
}

#[test]
fn circles_are_groups_that_all_lead_to_each_other() {
    let graph: BTreeMap<u8, BTreeSet<u8>> =
        [(1, vec![2]), (2, vec![3, 4]), (3, vec![1]), (4, vec![5]), (5, vec![4]), (6, vec![1])]
            .map(|(node, to)| (node, BTreeSet::from_iter(to)))
            .into();
    assert_eq!(circles(&graph), [vec![1, 2, 3], vec![4, 5]]);
}

#[test]
fn the_overview_lists_rooms_by_floors_and_circles_without_a_map() {
    let house = house(&PAIR);
    let text = overview(&house, &arrows(&house), None);
    assert!(text.starts_with("own\n"), "{text}");
    assert!(text.contains("circles of rooms: 0\n\ncircles of files: 1\n"), "{text}");
    let text = overview(&house, &arrows(&house), Some(&map("| 1 | `low` | `own/src` |")));
    assert!(text.starts_with("floor 1\n    low -> \n"), "{text}");
}

#[test]
fn a_checkout_is_read_without_its_tests_and_examples() {
    let dir = tempfile::tempdir().unwrap();
    for (file, text) in [
        ("own/Cargo.toml", "[package]\nname = \"own-crate\""),
        ("own/src/lib.rs", "mod room;\n#[cfg(test)]\nmod tests;"),
        ("own/src/room.rs", "fn f() {}"),
        ("own/src/bin/program/main.rs", "use own_crate::room;"),
        ("own/src/tests/more.rs", "nothing that could be read"),
        ("own/build.rs", "nor here"),
        ("tests/Cargo.toml", ""),
        ("tests/src/lib.rs", "nor here"),
        (".hidden/src/lib.rs", "nor here"),
    ] {
        let path = dir.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let found = sources(dir.path()).unwrap();
    let files: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(files, ["own/Cargo.toml", "own/src/bin/program/main.rs", "own/src/lib.rs", "own/src/room.rs"]);
    let house = House::read(&found).unwrap();
    let arrows = arrows(&house);
    assert_eq!(arrows.len(), 1);
    assert_eq!(house[arrows[0].to].file, "own/src/room.rs");
}
