//! Names and URLs are those of Python's stores.

use atdata::store::{LocalStore, Store};
use atdata::{Dataset, ReadOptions, ShardWriter};
use atdata_tests::remote::{check_reads, text};
use atdata_tests::services::{ACCESS_KEY, BUCKET, SECRET_KEY, TestS3};
use atdata_tests::types::Text;

use super::{config, content, gateway, objects, put, shared, store};

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[test]
fn objects_in_a_bucket_are_named_as_python_names_them() {
    let endpoint = gateway().endpoint();
    let own = store(endpoint, "named");
    let written =
        ShardWriter::in_store(shared(own.clone()), "mnist/train").max_count(10).write_all((0..30).map(text)).unwrap();
    for (number, url) in written.urls().iter().enumerate() {
        let rest = url.strip_prefix(&format!("s3://{BUCKET}/named/mnist/train/data--")).unwrap();
        let (uuid, shard) = rest.split_at(36);
        assert_eq!(shard, format!("--{number:06}.tar"));
        let parts: Vec<_> = uuid.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert!(parts.iter().all(|part| is_hexadecimal(part)) && parts[2].starts_with('4'), "{uuid}");
        assert_eq!(own.read_url(url), format!("{endpoint}/{}", url.strip_prefix("s3://").unwrap()));
        assert!(own.holds(url));
    }
    check_reads(&written.open::<Text>().unwrap(), 3);
    // As an index keeps it, whatever wrote the entry: with braces, and read with the options of the store.
    let first = &written.urls()[0];
    let pattern = first.replace("--000000.tar", "--{000000..000002}.tar");
    let dataset = Dataset::<Text>::open(pattern).unwrap().with_options(own.read_options(ReadOptions::new()));
    check_reads(&dataset, 3);
}

#[test]
fn files_in_a_folder_are_named_as_python_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let own = LocalStore::new(folder.path());
    let written = ShardWriter::in_store(std::sync::Arc::new(own.clone()), "mnist")
        .max_count(10)
        .write_all((0..30).map(text))
        .unwrap();
    for (number, url) in written.urls().iter().enumerate() {
        let path = std::path::Path::new(url);
        assert!(path.is_absolute() && path.starts_with(folder.path().join("mnist")));
        let name = path.file_name().unwrap().to_str().unwrap().strip_prefix("data--").unwrap();
        assert!(name.len() == "0123456789abcdef--000000.tar".len() && is_hexadecimal(&name[..16]), "{name}");
        assert_eq!(name[16..], format!("--{number:06}.tar"));
        assert_eq!((own.read_url(url), own.holds(url)), (url.clone(), true));
    }
    check_reads(&written.open::<Text>().unwrap(), 3);
}

#[test]
fn what_the_old_repo_wrote_is_found_by_its_url_without_a_scheme() {
    let server = TestS3::start();
    let own = store(&server.endpoint, "elsewhere");
    let local = tempfile::tempdir().unwrap();
    let shards =
        ShardWriter::builder(local.path().join("x-%06d.tar")).max_count(10).write_all((0..20).map(text)).unwrap();
    let root = atdata::store::S3Store::new(BUCKET, config(&server.endpoint));
    for (number, path) in shards.paths().iter().enumerate() {
        put(&root, &format!("hive/atdata--0b--{number:06}.tar"), &std::fs::read(path).unwrap()).unwrap();
    }
    let legacy = format!("{BUCKET}/hive/atdata--0b--{{000000..000001}}.tar");
    let url = own.legacy_url(&legacy).unwrap();
    let dataset = Dataset::<Text>::open(url).unwrap().with_options(own.read_options(ReadOptions::new()));
    check_reads(&dataset, 2);
}

#[test]
fn a_dotenv_file_is_enough_to_write() {
    let server = TestS3::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".env");
    let text = format!(
        "AWS_ACCESS_KEY_ID={ACCESS_KEY}\nAWS_SECRET_ACCESS_KEY={SECRET_KEY}\nAWS_ENDPOINT={}\n",
        server.endpoint
    );
    std::fs::write(&file, text).unwrap();
    let own = atdata::store::S3Store::new(BUCKET, atdata::source::S3Config::from_env_file(&file).unwrap());
    put(&own, "env/a.tar", b"bytes").unwrap();
    assert_eq!(content(&server.endpoint, "env/a.tar"), b"bytes");
    assert_eq!(objects(&server.endpoint, "env").len(), 1);
}
