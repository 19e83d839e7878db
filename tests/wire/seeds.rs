//! Every seed of the fuzz targets, through the code of its target.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;

/// Runs a target on its seeds; says which one it was if it panics.
#[track_caller]
fn run_seeds(target: &str, run: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut seeds: Vec<_> = folder.read_dir().expect("seeds").map(|entry| entry.expect("seed").path()).collect();
    seeds.sort();
    assert!(seeds.len() > 5, "{} has hardly any seeds", folder.display());
    for seed in seeds {
        println!("{}", seed.display());
        run(&std::fs::read(&seed).expect("seed"));
    }
}

#[test]
fn tar() {
    run_seeds("tar", atdata_fuzz::tar::run);
}

#[test]
fn sample() {
    run_seeds("sample", atdata_fuzz::sample::run);
}

#[test]
fn array() {
    run_seeds("array", atdata_fuzz::array::run);
}

#[test]
fn npy() {
    run_seeds("npy", atdata_fuzz::npy::run);
}

#[test]
fn npz() {
    run_seeds("npz", atdata_fuzz::npz::run);
}

#[test]
fn image() {
    run_seeds("image", atdata_fuzz::image::run);
}

#[test]
fn arrow_tensor() {
    run_seeds("arrow_tensor", atdata_fuzz::arrow_tensor::run);
}

#[test]
fn braces() {
    run_seeds("braces", |bytes| atdata_fuzz::braces::run(&String::from_utf8_lossy(bytes)));
}

#[test]
fn reference() {
    run_seeds("reference", |bytes| atdata_fuzz::reference::run(&String::from_utf8_lossy(bytes)));
}

#[test]
fn codegen() {
    run_seeds("codegen", |bytes| atdata_fuzz::codegen::run(&String::from_utf8_lossy(bytes)));
}

#[test]
fn contents() {
    run_seeds("contents", atdata_fuzz::contents::run);
}

#[test]
fn pack() {
    run_seeds("pack", atdata_fuzz::pack::run);
}

#[test]
fn manifest() {
    run_seeds("manifest", atdata_fuzz::manifest::run);
}

#[test]
fn barecat() {
    run_seeds("barecat", atdata_fuzz::barecat::run);
}

#[test]
fn record() {
    run_seeds("record", |bytes| atdata_fuzz::record::run(&String::from_utf8_lossy(bytes)));
}

#[test]
fn schema() {
    run_seeds("schema", |bytes| atdata_fuzz::schema::run(&String::from_utf8_lossy(bytes)));
}

#[test]
fn structured() {
    run_seeds("structured", atdata_fuzz::structured::run);
}

#[test]
fn safetensors() {
    run_seeds("safetensors", atdata_fuzz::safetensors::run);
}
