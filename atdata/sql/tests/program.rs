//! The program `atdata-sql`, run as users run it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::path::Path;
use std::process::{Command, Output};

use atdata::{Dataset, DictSample, DynArray, Index, Value};

fn sql(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atdata-sql"));
    command.current_dir(folder).args(arguments).env("ATDATA_INDEX", folder.join("index.db"));
    command.output().unwrap()
}

fn out(folder: &Path, arguments: &[&str]) -> String {
    let output = sql(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = sql(folder, arguments);
    assert_eq!(output.stdout, b"", "{arguments:?}");
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn write(folder: &Path) -> Dataset<DictSample> {
    let sample = |n: i64| {
        let label = if n % 3 == 0 { "cat" } else { "dog" };
        let mut sample = DictSample::from_iter([("number", n)]);
        sample.insert("imageLabel", label);
        sample
    };
    let mut writer = atdata::ShardWriter::builder(folder.join("photos-%06d.tar")).max_count(4).build().unwrap();
    for n in 0..10 {
        writer.write_with_key(&format!("{n:03}"), &sample(n)).unwrap();
    }
    writer.finish().unwrap().open().unwrap()
}

#[derive(atdata::Packable)]
struct Numbered {
    number: i64,
    #[packable(rename = "imageLabel")]
    label: String,
}

const COUNTS: &str =
    "select imageLabel, count(*) as n from 'photos-{000000..000002}.tar' group by imageLabel order by n";

#[test]
fn answers_have_the_form_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder);
    let table = "+------------+---+\n| imageLabel | n |\n+------------+---+\n| cat        | 4 |\n| dog        | 6 |\n+------------+---+\n";
    let json = "{\"imageLabel\":\"cat\",\"n\":4}\n{\"imageLabel\":\"dog\",\"n\":6}\n";
    assert_eq!(out(folder, &[COUNTS]), table);
    assert_eq!(out(folder, &[COUNTS, "--json"]), json);
    assert_eq!(out(folder, &[COUNTS, "--format", "json"]), json);
    assert_eq!(out(folder, &[COUNTS, "--format", "csv"]), "imageLabel,n\ncat,4\ndog,6\n");
    assert_eq!(
        out(folder, &["select number from 'photos-000000.tar' where number > 9", "--format", "csv"]),
        "number\n"
    );
    assert_eq!(out(folder, &[COUNTS, "-o", "n.parquet"]), "");
    assert_eq!(out(folder, &["select * from 'n.parquet'", "--json"]), json);
    assert_eq!(out(folder, &[COUNTS, "-o", "n.csv"]), "");
    assert_eq!(std::fs::read_to_string(folder.join("n.csv")).unwrap(), "imageLabel,n\ncat,4\ndog,6\n");
    let parquet = sql(folder, &[COUNTS, "--format", "parquet"]).stdout;
    assert!(parquet.starts_with(b"PAR1") && parquet.ends_with(b"PAR1"));
}

#[test]
fn tables_are_named_by_option_by_reference_and_by_folder() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let photos = write(folder);
    let index = Index::builder().provider_at(folder.join("index.db").to_str().unwrap()).unwrap().build().unwrap();
    let photos = Dataset::<Numbered>::open(photos.shards().to_vec()).unwrap();
    index.insert("photos", &photos).unwrap();
    let ten = "{\"n\":10}\n";
    assert_eq!(out(folder, &["select count(*) as n from '@local/photos'", "--json"]), ten);
    assert_eq!(out(folder, &["--table", "p=@local/photos", "select count(*) as n from p", "--json"]), ten);
    assert_eq!(out(folder, &["select count(*) as n from '.'", "--json"]), ten);
    let both = "select count(*) as n from p join q on p.number = q.number + 1";
    assert_eq!(
        out(folder, &["--table", "p=photos-000000.tar", "--table", "q=@local/photos", both, "--json"]),
        "{\"n\":3}\n"
    );
    let explained = out(folder, &["--explain", "select number from '@local/photos' limit 2"]);
    assert!(explained.contains("shards=3 of 3") && explained.contains("columns=[number], limit=2"), "{explained}");
}

#[test]
fn what_is_wrong_is_told_with_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder);
    let (code, told) = refused(folder, &["select nmber from 'photos-000000.tar'"]);
    assert_eq!(code, 2);
    assert!(told.contains("nmber") && told.contains("number"), "{told}");
    let (code, told) = refused(folder, &["selec 1"]);
    assert_eq!(code, 2);
    assert!(told.contains("selec"), "{told}");
    let (code, told) = refused(folder, &["select 1 from 'nothing.tar'"]);
    assert_eq!(code, 1);
    assert!(told.contains("no table \"nothing.tar\"") && told.contains("no such shard"), "{told}");
    assert_eq!(refused(folder, &["--table", "p", "select 1"]).0, 2);

    let damaged = folder.join("photos-000001.tar");
    let bytes = std::fs::read(&damaged).unwrap();
    std::fs::write(&damaged, &bytes[..2000]).unwrap();
    for more in [&["--json"][..], &["-o", "x.json"], &["-o", "x.parquet"]] {
        let query = "select count(number) as n from 'photos-{000000..000002}.tar'";
        let (code, told) = refused(folder, &[&[query], more].concat());
        assert_eq!(code, 1);
        assert!(told.contains("photos-000001.tar"), "{told}");
    }
    assert!(!folder.join("x.json").exists() && !folder.join("x.parquet").exists());
}

#[test]
fn queries_that_nest_deeply_are_answered_or_refused() {
    let deep = format!("select {}1{}", "(".repeat(10_000), ")".repeat(10_000));
    let folder = tempfile::tempdir().unwrap();
    let (code, told) = refused(folder.path(), &[&deep]);
    assert_eq!(code, 2, "{told}");
    let long = format!("select count(*) as n from (values (1)) t(a) where {}", vec!["a = 1"; 1_000].join(" and "));
    assert_eq!(out(folder.path(), &[&long, "--json"]), "{\"n\":1}\n");
}

fn write_keyed(path: &Path, sample: impl Fn(i64) -> DictSample) {
    let mut writer = atdata::ShardWriter::builder(path).build().unwrap();
    for i in 0..9 {
        writer.write_with_key(&format!("{i:03}"), &sample(i)).unwrap();
    }
    writer.finish().unwrap();
}

/// Those of `docs/sql.md`, which are told as running.
#[test]
fn the_queries_of_the_page_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sql.md")).unwrap();
    let blocks = page.split("```sql\n").skip(1).map(|block| block.split("```").next().unwrap());
    let queries: Vec<&str> =
        blocks.flat_map(|block| block.split(";\n")).filter(|query| !query.trim().is_empty()).collect();
    assert_eq!(queries.len(), 4);
    let list = |texts: &[&str]| Value::List(texts.iter().map(|text| (*text).into()).collect());
    let photo = |i: i64| -> DictSample {
        let camera = Value::Map(vec![("iso".to_owned(), (i * 100).into())]);
        let image = DynArray::from_vec([2, 2], vec![0_u8; 4]).unwrap().to_bytes();
        let fields = [
            ("label", ["cat", "dog", "cow"][usize::try_from(i % 3).unwrap()].into()),
            ("confidence", Value::Float(0.5)),
            ("tags", list(&["day", "outdoor"])),
            ("camera", camera),
            ("image", Value::Bin(image.into())),
        ];
        fields.into_iter().collect()
    };
    write_keyed(&folder.join("photos.tar"), photo);
    let caption = |i: i64| DictSample::from_iter([("caption", Value::from("c")), ("stars", i.into())]);
    write_keyed(&folder.join("captions.tar"), caption);
    let rows = [3, 4, 5, 1];
    for (query, rows) in queries.iter().zip(rows) {
        let tables = ["--table", "photos=photos.tar", "--table", "captions=captions.tar", query, "--json"];
        assert_eq!(out(folder, &tables).lines().count(), rows, "{query}");
    }
    assert_eq!(out(folder, &["select count(*) as n from 'pets.parquet'", "--json"]), "{\"n\":6}\n");
}
