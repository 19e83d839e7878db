//! What the library stands on: nothing that could ask a server, so that no build script and no macro does.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

/// What asks servers, or is there for whoever does: clients, TLS, runtimes, name lookups. And what stands above.
const REACHING_OUT: &[&str] = &[
    "async-std",
    "atdata",
    "atrium",
    "attohttpc",
    "aws",
    "curl",
    "h2",
    "hickory",
    "http",
    "hyper",
    "isahc",
    "mio",
    "minreq",
    "native-tls",
    "object_store",
    "openssl",
    "quinn",
    "reqwest",
    "rustls",
    "smol",
    "socket2",
    "surf",
    "tokio",
    "tungstenite",
    "ureq",
];
/// Of ours, those that it may stand on.
const OWN: &[&str] = &["atdata-codegen", "atdata-schema"];

#[test]
fn nothing_below_the_library_asks_a_server() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--package", "atdata-codegen", "--edges", "normal,build", "--all-features"])
        .args(["--target", "all", "--prefix", "none", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).unwrap();
    let names: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains(&"atdata-codegen") && names.contains(&"serde_json"), "{tree}");
    for name in names.iter().filter(|name| !OWN.contains(name)) {
        let is_one =
            |known: &&str| name.strip_prefix(*known).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        assert_eq!(REACHING_OUT.iter().find(|known| is_one(known)), None, "{name} is below atdata-codegen:\n{tree}");
    }
}

#[test]
fn no_file_of_the_library_opens_a_connection() {
    fn look(folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path);
            } else {
                let code = fs::read_to_string(&path).unwrap();
                for word in ["std::net", "TcpStream", "UdpSocket", "UnixStream", "process::Command"] {
                    assert!(!code.contains(word), "{} has {word}", path.display());
                }
            }
        }
    }
    look(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
}
