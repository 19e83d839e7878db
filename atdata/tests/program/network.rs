//! The program's commands for the AT Protocol network, on a real PDS that `tests/services/with` starts.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use atdata::{Dataset, DictSample, Packable, ShardWriter};
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::servers::Servers;

#[derive(Packable)]
struct Photo {
    label: String,
    stars: i64,
}

/// An access token of an account, as the PDS makes them, whose time is over.
fn old_token(network: &Network, did: &str) -> String {
    let mut stream = std::net::TcpStream::connect(network.get("PDS_CONTROL")).unwrap();
    writeln!(stream, "{}", serde_json::json!({"do": "token", "did": did, "seconds": -60})).unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stream), &mut line).unwrap();
    serde_json::from_str::<Json>(&line).unwrap()["token"].as_str().unwrap().to_owned()
}

/// What was done is done, and told, where its new tokens cannot be kept.
#[test]
fn a_session_that_cannot_be_kept_takes_nothing_back() {
    let network = Network::start();
    let home = tempfile::tempdir().unwrap();
    let (handle, password) = (network.get("ATDATA_HANDLE"), network.get("ATDATA_PASSWORD"));
    Dataset::write(home.path().join("a.tar"), [Photo { label: "a".into(), stars: 1 }]).unwrap();
    fs::write(home.path().join("photo.json"), Photo::schema_record().to_local_json()).unwrap();
    let who = network.sound(&home, &["login", handle, "--password-stdin"], &format!("{password}\n"));
    let did = who.split_whitespace().last().unwrap();
    // The session that the file has is over, and is renewed; and the file cannot be locked.
    let path = home.path().join(".atdata/session.json");
    let mut stored: Json = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let session: Vec<_> = stored["session"].as_str().unwrap().split(":::").map(str::to_owned).collect();
    let token = old_token(&network, did);
    stored["session"] =
        [&session[0], &session[1], &token, &session[3], &session[4]].map(String::as_str).join(":::").into();
    fs::write(&path, stored.to_string()).unwrap();
    let lock = path.with_extension("lock");
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    let output = network.run(&home, &["publish", "kept", "a.tar", "--schema", "photo.json"], "");
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success() && out.contains("URI:      at://"), "{out}{err}");
    assert!(err.contains("warning: the renewed session is not kept"), "{err}");
    assert!(!err.contains(&token), "{err}");
    assert_eq!(fs::read_to_string(&path).unwrap(), stored.to_string());
}

/// What a server answers, or does not, is no mistake of the command line; what is no reference is one.
#[test]
fn only_what_was_written_wrong_is_a_usage_error() {
    let network = Network::start();
    let home = tempfile::tempdir().unwrap();
    let (handle, password) = (network.get("ATDATA_HANDLE"), network.get("ATDATA_PASSWORD"));
    let client = atdata::atmosphere::Atmosphere::builder()
        .pds(network.get("ATDATA_PDS_URL"))
        .plc(network.get("ATDATA_PLC_URL"))
        .login(handle, password)
        .unwrap();
    // Records that are none, which are errors of `InvalidInput`.
    let record = serde_json::json!({"$type": "science.alt.dataset.entry", "name": "damaged", "storage": 7});
    let entry = client.create_record("science.alt.dataset.entry", &record).unwrap().uri.to_string();
    let record = serde_json::json!({"$type": "science.alt.dataset.schema", "name": "damaged", "version": 7});
    let schema = client.create_record("science.alt.dataset.schema", &record).unwrap().uri.to_string();
    network.sound(&home, &["login", handle, "--password-stdin"], &format!("{password}\n"));
    let named = format!("@{handle}/damaged");
    for reference in [entry.as_str(), &named] {
        for command in [
            &["index", "show", reference][..],
            &["verify", reference],
            &["cp", reference, "out"],
            &["inspect", reference],
            &["head", reference],
            &["promote", reference],
            &["get", reference, "out"],
        ] {
            let error = network.fails(&home, command);
            assert!(error.contains("storage"), "{command:?}: {error}");
        }
    }
    network.fails(&home, &["schema", "show", &schema]);
    // Records that are left out of a listing are a problem, whatever is listed.
    for more in [&[][..], &["--schemas"]] {
        let output = network.run(&home, &[&["ls", handle][..], more].concat(), "");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && text.contains("left out"), "{more:?}: {text}");
    }
    for wrong in ["at://x y/z", "@/damaged", "atdata://nobody"] {
        for command in [&["index", "show", wrong][..], &["verify", wrong], &["inspect", wrong], &["head", wrong]] {
            let output = network.run(&home, command, "");
            assert_eq!(output.status.code(), Some(2), "{command:?}: {output:?}");
        }
    }
    // A server that is not there.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("http://{closed}");
    let keys = [("AWS_ENDPOINT_URL", endpoint.as_str()), ("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "b")];
    for command in [["inspect", "s3://bucket/*.tar"], ["head", "s3://bucket/*.tar"]] {
        let output = network.run_with(&home, &command, "", &keys);
        assert_eq!(output.status.code(), Some(1), "{command:?}: {output:?}");
    }
}

/// A PDS with two accounts.
struct Network(Servers);

impl Network {
    fn start() -> Self {
        Self(Servers::start(&["pds"]))
    }

    fn get(&self, name: &str) -> &str {
        self.0.get(name)
    }

    /// Runs the program as somebody with this home folder.
    fn run(&self, home: &TempDir, args: &[&str], input: &str) -> Output {
        self.run_with(home, args, input, &[])
    }

    fn run_with(&self, home: &TempDir, args: &[&str], input: &str, variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_atdata"));
        command.args(args).current_dir(home.path()).env("HOME", home.path()).env("USERPROFILE", home.path());
        for name in ["ATDATA_PDS_URL", "ATDATA_PLC_URL"] {
            command.env(name, self.get(name));
        }
        command.env_remove("ATDATA_PASSWORD").env_remove("ATDATA_INDEX").envs(variables.iter().copied());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    #[track_caller]
    fn sound(&self, home: &TempDir, args: &[&str], input: &str) -> String {
        let output = self.run(home, args, input);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        assert!(output.status.success(), "{args:?}: {}{}", text(output.stdout), text(output.stderr));
        text(output.stdout)
    }

    #[track_caller]
    fn fails(&self, home: &TempDir, args: &[&str]) -> String {
        let output = self.run(home, args, "");
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        String::from_utf8(output.stderr).unwrap()
    }
}

#[test]
fn an_author_publishes_and_a_reader_gets() {
    let network = Network::start();
    let (author, reader) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let handle = network.get("ATDATA_HANDLE");
    let mut writer = ShardWriter::builder(author.path().join("photos-%06d.tar")).max_count(2).build().unwrap();
    for i in 0..5 {
        writer.write(&Photo { label: format!("label {i}"), stars: i }).unwrap();
    }
    let written = writer.finish().unwrap();
    fs::write(author.path().join("photo.json"), Photo::schema_record().to_local_json()).unwrap();
    let shards = "photos-{000000..000002}.tar";
    let publish = ["publish", "photos", shards, "--schema", "photo.json", "--version", "1.0.0", "--json"];

    assert!(network.fails(&author, &publish).contains("atdata login HANDLE"));
    let password = format!("{}\n", network.get("ATDATA_PASSWORD"));
    let who = network.sound(&author, &["login", handle, "--password-stdin"], &password);
    assert!(who.starts_with(&format!("{handle}  did:plc:")), "{who}");
    assert_eq!(network.sound(&author, &["whoami"], ""), who);
    let session = author.path().join(".atdata/session.json");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&session).unwrap().permissions().mode() & 0o777, 0o600);
    }

    let published: Json = serde_json::from_str(&network.sound(&author, &publish, "")).unwrap();
    let uri = published["uri"].as_str().unwrap();
    let name = format!("@{handle}/photos");
    for reference in [uri, name.as_str(), &format!("{name}@1.0.0")] {
        let resolved: Json =
            serde_json::from_str(&network.sound(&reader, &["resolve", reference, "--json"], "")).unwrap();
        assert_eq!(resolved, published, "{reference}");
    }
    assert!(network.sound(&reader, &["resolve", &format!("@{handle}")], "").contains("Server:  http://localhost:"));
    assert_eq!(network.sound(&reader, &["ls", &format!("@{handle}")], ""), format!("photos  {uri}\n"));
    assert!(network.sound(&reader, &["ls", handle, "--schemas"], "").starts_with("Photo@1.0.0  at://"));
    assert!(network.sound(&reader, &["ls", handle, "--labels"], "").starts_with("photos@1.0.0  at://"));

    assert_eq!(network.sound(&reader, &["get", &name, "there"], "").lines().count(), 3);
    for (number, shard) in written.shards.iter().enumerate() {
        let copied = fs::read(reader.path().join(format!("there/photos-{number:06}.tar"))).unwrap();
        assert_eq!(copied, fs::read(&shard.path).unwrap());
    }
    // What is there already does not come again, and what has changed is replaced, which is said.
    let copy = reader.path().join("there/photos-000001.tar");
    fs::write(&copy, "something else").unwrap();
    let again = network.sound(&reader, &["get", &name, "there", "--json"], "");
    let statuses: Vec<Json> =
        again.lines().map(|line| serde_json::from_str::<Json>(line).unwrap()["status"].clone()).collect();
    assert_eq!(statuses, ["unchanged", "replaced", "unchanged"]);
    assert_eq!(fs::read(copy).unwrap(), fs::read(&written.shards[1].path).unwrap());
    // Too much for the network is no mistake of the command line, as a reference that is none.
    let error = network.fails(&author, &["publish", "large", shards, "--schema", "photo.json", "--max-total", "10"]);
    assert!(error.contains("`--max-total`"), "{error}");
    assert_eq!(network.run(&reader, &["get", "@local/", "there"], "").status.code(), Some(2));

    let error = network.fails(&reader, &["resolve", "@nobody.test"]);
    assert!(error.contains("nobody.test") && error.contains("no account"), "{error}");
    let error = network.fails(&reader, &["get", &format!("{name}@2.0.0"), "there"]);
    assert!(error.contains("there is \"1.0.0\""), "{error}");

    // A dataset of the author's index, under another name.
    network.sound(&author, &["schema", "publish", "photo.json"], "");
    network.sound(&author, &["index", "add", "local", shards, "--schema", "Photo@1.0.0"], "");
    network.sound(&author, &["promote", "local", "--name", "promoted"], "");
    network.sound(&reader, &["get", &format!("@{handle}/promoted"), "promoted"], "");
    let read =
        Dataset::<DictSample>::open(format!("{}/promoted/promoted-{{000000..000002}}.tar", reader.path().display()));
    assert_eq!(read.unwrap().len().unwrap(), 5);

    assert_eq!(network.sound(&author, &["logout"], ""), "Logged out.\n");
    assert!(!session.exists());
    assert!(network.fails(&author, &["whoami"]).contains("nobody is logged in"));
}

/// What a stranger has published makes no command read a file, or ask a host of this machine, that it was not told to.
#[test]
fn a_strangers_record_leads_no_command_astray() {
    let network = Network::start();
    let (stranger, victim) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let secret = stranger.path().join("secret.tar");
    Dataset::write(&secret, [Photo { label: "secret".into(), stars: 1 }]).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (handle, password) = (network.get("ATDATA_HANDLE"), network.get("ATDATA_PASSWORD"));
    let client = atdata::atmosphere::Atmosphere::builder()
        .pds(network.get("ATDATA_PDS_URL"))
        .plc(network.get("ATDATA_PLC_URL"))
        .login(handle, password)
        .unwrap();
    network.sound(&victim, &["login", handle, "--password-stdin"], &format!("{password}\n"));
    fs::write(victim.path().join("photo.json"), Photo::schema_record().to_local_json()).unwrap();
    network.sound(&victim, &["schema", "publish", "photo.json"], "");
    let checksum = serde_json::json!({"algorithm": "sha256", "digest": "0".repeat(64)});
    let publish_in = |storage: Json| {
        let record = serde_json::json!({
            "$type": "science.alt.dataset.entry",
            "name": "hostile",
            "schemaRef": "atdata://local/schema/Photo@1.0.0",
            "storage": storage,
            "createdAt": "2026-03-01T12:00:00Z",
        });
        client.create_record("science.alt.dataset.entry", &record).unwrap().uri.to_string()
    };
    let publish = |url: &str| {
        let shards = [serde_json::json!({"url": url, "checksum": checksum})];
        publish_in(serde_json::json!({"$type": "science.alt.dataset.storageHttp", "shards": shards}))
    };
    // What the victim's environment names for the victim's own buckets is a private host as well.
    let endpoint = format!("http://127.0.0.1:{port}");
    let keys = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKVICTIM"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2"),
    ];
    let shards = [serde_json::json!({"key": "secret.tar", "checksum": checksum})];
    let in_bucket = serde_json::json!({
        "$type": "science.alt.dataset.storageS3",
        "bucket": "private",
        "shards": shards,
    });
    let in_bucket = publish_in(in_bucket);
    let path = secret.to_str().unwrap().to_owned();
    let http = [path.clone(), format!("http://127.0.0.1:{port}/a.tar"), format!("https://localhost:{port}/a.tar")];
    let http = http.map(|url| publish(&url));
    for uri in http.iter().chain([&in_bucket]) {
        for command in [
            &["verify", uri][..],
            &["promote", uri, "--blobs"],
            &["cp", uri, "out"],
            &["get", uri, "out"],
            &["inspect", uri],
            &["head", uri],
            &["index", "add", "mine", uri, "--schema", "Photo@1.0.0"],
        ] {
            let output = network.run_with(&victim, command, "", &keys);
            let text = format!("{output:?}");
            assert_ne!(output.status.code(), Some(0), "{command:?}: {text}");
            assert!(text.contains("--allow-"), "the error says which option allows it: {command:?}: {text}");
            assert!(!text.contains("found 5b") && !text.contains("secret\\\""), "{command:?}: {text}");
        }
        let out = victim.path().join("out");
        assert!(!out.exists() || fs::read_dir(out).unwrap().count() == 0);
    }
    let asked = listener.accept();
    assert_eq!(asked.unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "somebody has asked the private host");
    // A checksum that is of no use is told of what is read, and a copy that it cannot be held against is not all well.
    let other = serde_json::json!({"algorithm": "sha512", "digest": "0".repeat(128)});
    let shards = [serde_json::json!({"url": path, "checksum": other})];
    let other = publish_in(serde_json::json!({"$type": "science.alt.dataset.storageHttp", "shards": shards}));
    let read = network.run(&victim, &["head", "--json", &other, "--allow-files"], "");
    let told = String::from_utf8(read.stderr).unwrap();
    assert!(read.status.success() && told.contains("found one of \"sha512\" for "), "{told}");
    for command in [&["get", &other, "copied", "--allow-files"][..], &["verify", &other, "--allow-files"]] {
        let told = network.fails(&victim, command);
        assert!(told.contains("not verified: its checksum is of `sha512`"), "{command:?}: {told}");
    }
    // A copy that is not what the record says takes the place of nothing.
    fs::create_dir(victim.path().join("there")).unwrap();
    let kept = victim.path().join("there/hostile-000000.tar");
    fs::write(&kept, "the good copy").unwrap();
    let error = network.fails(&victim, &["get", &publish(&path), "there", "--allow-files"]);
    assert!(error.contains("expected the SHA-256 0000"), "{error}");
    assert_eq!(fs::read_to_string(&kept).unwrap(), "the good copy");
    assert_eq!(fs::read_dir(victim.path().join("there")).unwrap().count(), 1);
    // Who says so, may.
    let read = network.sound(&victim, &["head", "--json", &publish(&path), "--allow-files"], "");
    assert!(read.contains("secret"), "{read}");
}

/// Where a bucket is that the environment alone names is said in the record, which others read with another environment.
#[test]
fn shards_that_stay_in_a_bucket_are_published_with_its_place() {
    let network = Network(Servers::start(&["pds", "radosgw"]));
    let author = tempfile::tempdir().unwrap();
    Dataset::write(author.path().join("photos.tar"), [Photo { label: "one".into(), stars: 1 }]).unwrap();
    fs::write(author.path().join("photo.json"), Photo::schema_record().to_local_json()).unwrap();
    let store = network.get("ATDATA_STORE").trim_end_matches('/');
    let url = format!("{store}/photos.tar");
    let bucket = store.strip_prefix("s3://").unwrap().split('/').next().unwrap();
    let mut variables = network.0.aws();
    variables.push(("AWS_REGION", "eu-west-1"));
    let run = |args: &[&str], input: &str| {
        let output = network.run_with(&author, args, input, &variables);
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["cp", "photos.tar", store], "");
    run(&["login", network.get("ATDATA_HANDLE"), "--password-stdin"], &format!("{}\n", network.get("ATDATA_PASSWORD")));
    let publish = ["publish", "photos", &url, "--schema", "photo.json", "--in-place", "--json"];
    let published: Json = serde_json::from_str(&run(&publish, "")).unwrap();
    let storage = &published["record"]["storage"];
    let endpoint = variables.iter().find(|(name, _)| name.starts_with("AWS_ENDPOINT_URL")).unwrap().1;
    assert_eq!(storage["$type"], "science.alt.dataset.storageS3");
    assert_eq!((&storage["bucket"], &storage["region"]), (&Json::from(bucket), &Json::from("eu-west-1")));
    assert_eq!(storage["endpoint"].as_str().map(|url| url.trim_end_matches('/')), Some(endpoint.trim_end_matches('/')));
    assert_eq!(storage["shards"][0]["checksum"]["algorithm"], "sha256");
    // More than is to be downloaded is published all the same, and the record says what it does not know.
    let unknown: Json = serde_json::from_str(&run(&[&publish[..], &["--no-checksums"]].concat(), "")).unwrap();
    assert_eq!(unknown["record"]["storage"]["shards"][0]["checksum"]["algorithm"], "none");
}
