//! The examples are the files beside this folder, one a task: `cargo run --release --example quickstart`.
