//! What users are told: the words are part of the crate.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use atdata_codegen::{Config, Lock, Pin, Schemas};

const TEXT: &str = r#"{"name": "Text", "version": "1.0.0", "fields": [
    {"name": "text", "fieldType": {"$type": "local#primitive", "primitive": "str"}}]}"#;

#[track_caller]
fn assert_problems(config: &Config, files: &[(&str, &str)], expected: &[&str]) {
    let mut schemas = Schemas::new();
    for (file, json) in files {
        schemas.parse(file, json);
    }
    let error = config.generate(&schemas).unwrap_err();
    assert_eq!(error.to_string().lines().collect::<Vec<_>>(), expected);
}

#[test]
fn all_problems_of_all_files_come_at_once_and_in_order() {
    assert_problems(
        &Config::new(),
        &[
            ("b.json", r#"{"name": "B", "version": "1.0.0", "fields": []}"#),
            (
                "a.json",
                r#"{"name": "A", "schemaType": "jsonSchema", "schema": {"type": "object", "properties": {
                    "image": {"$ref": "https://alt.science/schemas/atdata-ndarray-bytes/1.1.0#/$defs/ndarray", "shape": ["H"]},
                    "other": {"type": "object", "schemaRef": "@bob.example/B@2.0.0"}}}}"#,
            ),
            ("a.json", "{"),
        ],
        &[
            "a.json: expected JSON, found EOF while parsing an object at line 1 column 1",
            "a.json at /schema/properties/image/shape/0: expected a size, or null for one that differs, found \"H\"",
            "b.json: expected at least one field, found none",
        ],
    );
}

#[test]
fn a_json_schema_without_a_record_has_its_own_places() {
    assert_problems(
        &Config::new(),
        &[(
            "Shot.json",
            r#"{"title": "Shot", "type": "object", "properties": {
                "shape": {"oneOf": [{"const": "round"}, {"type": "integer"}]}, "lens": {"type": "tuple"}}}"#,
        )],
        &[
            "Shot.json at /properties/lens/type: expected one of the types string, integer, number, boolean, array, object, found \"tuple\"",
            "Shot.json at /properties/shape/oneOf: expected one type, or one type and {\"type\": \"null\"}, found a list of 2",
        ],
    );
}

#[test]
fn types_of_an_authority_may_be_elsewhere() {
    assert_problems(
        Config::new()
            .extern_path("alice.example", "::alice")
            .extern_path("@bob.example", "::")
            .extern_path("@eve", "::eve"),
        &[("text.json", TEXT)],
        &[
            "option `extern_path`: expected an authority such as \"@alice.example\", found \"alice.example\"",
            "option `extern_path`: expected the path of a module such as `::alice_types`, found \"::\": unexpected end of input, \
             expected identifier",
            "option `extern_path`: nothing in the records is of the authority \"@eve\"",
        ],
    );
    let mut schemas = Schemas::new();
    let album = r#"{"name": "Album", "version": "1.0.0", "fields": [
        {"name": "cover", "fieldType": {"$type": "local#ref", "ref": "@alice.example/Photo@1.2.0"}}]}"#;
    schemas.parse("album.json", album);
    let mut config = Config::new();
    config
        .modules_by_version(true)
        .extern_path("@alice.example", "crate::alice")
        .rename("@alice.example/Photo", "Picture");
    let code = config.generate(&schemas).unwrap().to_string();
    assert!(code.contains("pub cover: crate::alice::photo::v1_2_0::Picture"), "{code}");
}

#[test]
fn what_a_record_may_say_and_rust_cannot() {
    let long = "x".repeat(300);
    let json = format!(
        r#"{{"name": "A", "version": "1.0.0", "fields": [
            {{"name": "{long}", "fieldType": {{"$type": "local#primitive", "primitive": "str"}}}},
            {{"name": "b", "fieldType": {{"$type": "local#ref", "ref": "atdata://local/schema/B@1.0.0"}}}},
            {{"name": "c", "fieldType": {{"$type": "local#array", "items": {{"$type": "local#ndarray",
                "dimensionNames": ["x", "x"]}}}}}}]}}"#
    );
    assert_problems(
        &Config::new(),
        &[("a.json", &json)],
        &[
            "a.json at /fields/0: expected a name of at most 255 bytes, found 300 bytes",
            "a.json at /fields/1: expected a schema among the records for \"atdata://local/schema/B@1.0.0\", found none; \
             add its record, or give a type for it with `Config::replace`",
            "a.json at /fields/2/fieldType/items: expected a name of its own for each dimension, found \"x, x\"",
        ],
    );
}

#[test]
fn lists_of_lists_have_an_end() {
    let lists = |count: usize| {
        let (open, close) = (r#"{"$type": "local#array", "items": "#.repeat(count), "}".repeat(count));
        format!(r#"{{"name": "A", "fields": [{{"name": "a", "fieldType": {open}{{"$type": "local#any"}}{close}}}]}}"#)
    };
    assert_problems(
        &Config::new(),
        &[("a.json", &lists(17))],
        &["a.json at /fields/0: expected at most 16 lists, maps and nulls around one another, found more"],
    );
    let mut schemas = Schemas::new();
    assert!(Config::new().generate(schemas.parse("a.json", &lists(16))).is_ok());
}

#[test]
fn samples_in_samples_have_an_end() {
    let chain = |count: usize| {
        let record = |i: usize| {
            let inner = match i {
                0 => r#"{"$type": "local#any"}"#.to_owned(),
                _ => format!(r#"{{"$type": "local#ref", "ref": "atdata://local/schema/C{}@1.0.0"}}"#, (i - 1)),
            };
            format!(r#"{{"name": "C{i}", "fields": [{{"name": "a", "fieldType": {inner}}}]}}"#)
        };
        format!("[{}]", (0..count).map(record).collect::<Vec<_>>().join(","))
    };
    assert_problems(
        &Config::new(),
        &[("a.json", &chain(33))],
        &["a.json at /32: expected at most 32 samples, lists and maps inside one another, found 33 or more"],
    );
    let mut schemas = Schemas::new();
    assert!(Config::new().generate(schemas.parse("a.json", &chain(32))).is_ok());
}

#[test]
fn two_records_of_one_name_need_modules() {
    let other = TEXT.replace("1.0.0", "1.1.0");
    assert_problems(
        &Config::new(),
        &[("a.json", TEXT), ("b.json", &other)],
        &["b.json: two records would be the type `Text`: Text@1.0.0 in a.json and this, Text@1.1.0; \
           `Config::modules_by_version` puts them in modules of their own"],
    );
    let other = TEXT.replace("\"text\"", "\"words\"");
    assert_problems(
        &Config::new(),
        &[("a.json", TEXT), ("b.json", &other)],
        &["b.json: two records would be the type `Text`: Text@1.0.0 in a.json and this, Text@1.0.0; \
           they say different things under one version; remove one"],
    );
}

#[test]
fn the_same_record_twice_is_one_type() {
    let mut schemas = Schemas::new();
    schemas.parse("a.json", TEXT).parse("b.json", TEXT);
    let code = Config::new().generate(&schemas).unwrap();
    assert_eq!(code.code().matches("struct").count(), 1);
}

#[test]
fn a_record_that_is_replaced_is_no_type() {
    let mut schemas = Schemas::new();
    schemas.parse("a.json", TEXT).parse(
        "b.json",
        r#"{"name": "B", "fields": [
            {"name": "text", "fieldType": {"$type": "local#ref", "ref": "atdata://local/schema/Text@1.0.0"}, "optional": true}]}"#,
    );
    let code = Config::new().replace("Text", "crate::Text").generate(&schemas).unwrap();
    assert!(!code.code().contains("struct Text"), "{code}");
    assert!(code.code().contains("pub text: ::core::option::Option<crate::Text>"), "{code}");
}

#[test]
fn a_file_is_called_like_its_record() {
    assert_problems(
        &Config::new(),
        &[("published/a.example/Text@1.1.0.json", TEXT)],
        &["published/a.example/Text@1.1.0.json: expected Text@1.1.0, as the file is called, found Text@1.0.0"],
    );
}

#[test]
fn options_that_fit_nothing_or_do_not_parse_are_told() {
    let mut config = Config::new();
    config
        .rename("Text.txt", "content")
        .rename(".", "x")
        .rename("Text", "type")
        .derive("Text.text", "Eq")
        .derive("Text", "Eq; evil()")
        .replace("Text", "3")
        .visibility("public")
        .type_attribute("Txt", "#[a]");
    assert_problems(
        &config,
        &[("a.json", TEXT)],
        &[
            "option `derive`: expected a list of macros such as `Eq, serde::Serialize`, found \"Eq; evil()\": expected `,`",
            "option `derive`: expected the path of types, found that of a field, \"Text.text\"",
            "option `rename`: expected a name that is no keyword, found \"type\": expected identifier, found keyword `type`",
            "option `rename`: expected the path of a type or field, found \".\", which is all of them",
            "option `rename`: nothing in the records has the path \"Text.txt\"",
            "option `replace`: expected a type such as `crate::Label`, found \"3\": expected one of: `for`, parentheses, \
             `unsafe`, `fn`, `extern`, identifier, `::`, `<`, `dyn`, square brackets, `*`, `&`, `!`, `impl`, `_`, lifetime",
            "option `type_attribute`: nothing in the records has the path \"Txt\"",
            "option `visibility`: expected a visibility such as `pub(crate)`, found \"public\": unexpected token",
        ],
    );
}

#[test]
fn a_build_writes_what_changed_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("published/a.example");
    fs::create_dir_all(&published).unwrap();
    let record = published.join("Text@1.0.0.json");
    fs::write(&record, TEXT).unwrap();
    let out = folder.path().join("out");
    let compile = || Config::new().out_dir(&out).compile([folder.path().join("published")]);

    compile().unwrap();
    let written = out.join("schemas.rs");
    let first = fs::read_to_string(&written).unwrap();
    assert!(first.contains("pub text: ::std::string::String"), "{first}");
    let time = || fs::metadata(&written).unwrap().modified().unwrap();
    let before = time();
    compile().unwrap();
    assert_eq!(time(), before);

    fs::write(&record, TEXT.replace("\"str\"", "\"int\"")).unwrap();
    compile().unwrap();
    assert!(fs::read_to_string(&written).unwrap().contains("pub text: i64"));
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1);

    fs::write(&record, "3").unwrap();
    let error = compile().unwrap_err().to_string();
    assert!(error.ends_with("Text@1.0.0.json: expected a schema record, or a list of them, found a number"), "{error}");
}

#[test]
fn what_a_build_depends_on_is_what_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    for file in ["b.json", "a.json", "notes.txt"] {
        fs::write(inner.join(file), TEXT).unwrap();
    }
    let mut schemas = Schemas::new();
    schemas.read(folder.path()).read("missing.json");
    let expected =
        [folder.path().into(), inner.clone(), inner.join("a.json"), inner.join("b.json"), "missing.json".into()];
    assert_eq!(schemas.files(), expected);
    let error = schemas.check().unwrap_err().to_string();
    assert!(error.starts_with("missing.json: cannot be read: "), "{error}");
}

#[test]
fn a_lock_file_holds_its_records_to_what_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let mut schemas = Schemas::new();
    schemas.parse("Text.json", TEXT);
    let fingerprint = schemas.records().next().unwrap().schema.fingerprint();
    let mut lock = Lock::new();
    lock.insert("Text.json", Pin::new("at://did:plc:abc/science.alt.dataset.schema/3k2a", "bafy", fingerprint));
    let path = folder.path().join("atdata.lock");
    fs::write(&path, lock.to_string()).unwrap();

    fs::write(folder.path().join("Text.json"), TEXT).unwrap();
    let read = |schemas: &mut Schemas| Config::new().generate(schemas.read(&path)).map(|code| code.to_string());
    let code = read(&mut Schemas::new()).unwrap();
    assert!(code.contains("//   uri         at://did:plc:abc/science.alt.dataset.schema/3k2a\n"), "{code}");
    assert!(code.contains("//   cid         bafy\n"), "{code}");

    fs::write(folder.path().join("Text.json"), TEXT.replace("\"str\"", "\"int\"")).unwrap();
    let error = read(&mut Schemas::new()).unwrap_err().to_string();
    assert!(
        error.contains("Text.json: expected the fingerprint ") && error.contains("the record has changed"),
        "{error}"
    );
}

const DOTTED: &str = r#"{"name": "my.module.Photo", "version": "1.0.0-rc.1", "fields": [
    {"name": "image", "fieldType": {"$type": "local#primitive", "primitive": "bytes"}},
    {"name": "kind", "fieldType": {"$type": "local#enum", "values": ["b", "a"]}}]}"#;

#[test]
fn options_reach_names_with_points_raw_names_and_enums() {
    let mut schemas = Schemas::new();
    let code = Config::new()
        .rename("my.module.Photo.image", "r#type")
        .derive("my.module.Photo", "Default")
        .enum_derive("my.module.Photo.kind", "PartialOrd")
        .enum_attribute("my.module.Photo", "#[doc(alias = \"kinds\")]")
        .generate(schemas.parse("a.json", DOTTED))
        .unwrap()
        .to_string();
    assert!(code.contains("#[packable(name = \"my.module.Photo\", version = \"1.0.0-rc.1\")]"), "{code}");
    assert!(code.contains("#[packable(rename = \"image\")]\n    pub r#type:"), "{code}");
    let on_one_line = code.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(on_one_line.contains("Hash, Default, PartialOrd )] #[doc(alias = \"kinds\")] pub enum"), "{code}");
    assert!(code.contains("    #[default]\n    #[packable(rename = \"b\")]\n    B,\n"), "{code}");
}

#[test]
fn two_fields_have_two_names() {
    let mut config = Config::new();
    config.rename("my.module.Photo.image", "z").rename("my.module.Photo.kind", "z");
    assert_problems(
        &config,
        &[("a.json", DOTTED)],
        &["option `rename`: two fields of `my.module.Photo` would be called `z`"],
    );
}

#[test]
fn what_a_type_cannot_say_of_its_record_is_told() {
    let mut schemas = Schemas::new();
    schemas.parse(
        "a.json",
        r#"{"name": "a b", "version": "v1", "fields": [
            {"name": "x", "fieldType": {"$type": "local#enum", "values": ["a"]}, "hasDefault": true},
            {"name": "y", "fieldType": {"$type": "local#primitive", "primitive": "int"}, "default": 18446744073709551615},
            {"name": "z", "fieldType": {"$type": "local#primitive", "primitive": "int"}, "default": 7}]}"#,
    );
    let code = Config::new().generate(&schemas).unwrap();
    assert_eq!(
        code.notes().iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "a.json: a b@v1.x: its default is not in the generated type, which requires the field: a value that the \
             record does not give",
            "a.json: a b@v1.y: its default is not in the generated type, which requires the field: 18446744073709551615",
            "a.json: a b@v1: its name cannot be that of a sample type, which is called `AB`",
            "a.json: a b@v1: its version \"v1\" is not semantic, and that of the sample type is 1.0.0",
        ]
    );
    assert!(code.code().contains("#[packable(default = 7)]\n    pub z: i64"), "{code}");
}

#[test]
fn values_that_are_in_no_field_are_told() {
    let mut schemas = Schemas::new();
    let typed =
        r#"{"type": "object", "properties": {"x": {"type": "string"}}, "additionalProperties": {"type": "integer"}}"#;
    let open = r#"{"type": "object", "properties": {"x": {"type": "string"}}, "additionalProperties": true}"#;
    let map = r#"{"type": "object", "additionalProperties": {"type": "integer"}, "examples": [{"properties": {"a": 1}, "additionalProperties": {"b": 1}}]}"#;
    let schema = format!(r#""properties": {{"a": {typed}, "b": {open}, "c": {map}}}"#);
    schemas.parse("bare.json", &format!(r#"{{"title": "Bare", {schema}}}"#));
    let record = format!(r#"{{"name": "Whole", "schemaType": "jsonSchema", "schema": {{{schema}}}}}"#);
    schemas.parse("record.json", &record);
    let code = Config::new().generate(&schemas).unwrap();
    assert_eq!(
        code.notes().iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "bare.json at /properties/a: values beside its `properties` are in no field of the type",
            "record.json at /schema/properties/a: values beside its `properties` are in no field of the type",
        ]
    );
}

#[test]
fn a_folder_without_records_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("inner")).unwrap();
    let error = Schemas::new().read(folder.path()).check().unwrap_err();
    assert!(error.to_string().ends_with("expected records, in files that end in `.json`, found none in the folder"));
    // A build script whose `main` returns the error prints this.
    assert_eq!(format!("{error:?}"), error.to_string());
}

#[test]
fn what_was_not_generated_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schemas.rs");
    let mut schemas = Schemas::new();
    let code = Config::new().generate(schemas.parse("a.json", TEXT)).unwrap();
    fs::write(&path, "fn precious() {}").unwrap();
    let error = code.write(&path).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
    assert!(error.to_string().contains("that atdata-codegen did not write"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "fn precious() {}");
    fs::write(&path, "").unwrap();
    assert!(code.write(&path).unwrap() && !code.write(&path).unwrap());
}

#[test]
fn a_lexicon_keeps_values_names_and_defaults() {
    let mut schemas = Schemas::new();
    schemas.parse(
        "photo.json",
        r#"{"lexicon": 1, "id": "com.example.photo", "defs": {"main": {"type": "object", "required": ["split", "image"],
            "properties": {
                "split": {"type": "string", "enum": ["train", "test"]},
                "image": {"$ref": "https://alt.science/schemas/atdata-ndarray-bytes/1.1.0#/$defs/ndarray",
                    "dimensionNames": ["y", "x"]},
                "stars": {"type": "integer", "default": 3}}}}}"#,
    );
    let code = Config::new().generate(&schemas).unwrap().to_string();
    assert!(code.contains("pub split: PhotoSplit") && code.contains("dims = [\"y\", \"x\"]"), "{code}");
    assert!(code.contains("#[packable(default = ::core::option::Option::Some(3))]"), "{code}");
}

#[test]
fn names_of_dimensions_stay_in_lists() {
    let mut schemas = Schemas::new();
    schemas.parse(
        "a.json",
        r#"{"name": "A", "version": "1.0.0", "fields": [{"name": "crops", "fieldType": {"$type": "local#array", "items":
            {"$type": "local#ndarray", "dtype": "uint8", "shape": [64, 64], "dimensionNames": ["h", "w"]}}}]}"#,
    );
    let code = Config::new().generate(&schemas).unwrap().to_string();
    assert!(code.contains("#[packable(shape = [64, 64], dims = [\"h\", \"w\"])]"), "{code}");
}

#[test]
fn json_may_begin_with_a_byte_order_mark() {
    let mut schemas = Schemas::new();
    schemas.parse("a.json", &format!("\u{feff}{TEXT}")).check().unwrap();
    assert_eq!(schemas.len(), 1);
}

#[test]
fn what_is_no_json_or_no_size_is_a_problem_of_its_file() {
    let array = |shape: &str| {
        format!(
            r#"{{"name": "A", "schemaType": "jsonSchema", "schema": {{"type": "object", "properties": {{"image":
                {{"$ref": "https://alt.science/schemas/atdata-ndarray-bytes/1.1.0#/$defs/ndarray", "shape": [{shape}]}}}}}}}}"#
        )
    };
    for (what, json) in [
        ("deep", "[".repeat(10_000)),
        ("NaN", array("NaN")),
        ("half of a pair", TEXT.replace(r#""text", "field"#, r#""a\ud83d", "field"#)),
        ("large", array("18446744073709551616")),
        ("negative", array("-1")),
        ("a part", array("1.5")),
    ] {
        assert_ne!(json, TEXT, "{what}");
        let mut schemas = Schemas::new();
        schemas.parse("a.json", &json);
        let Err(error) = Config::new().generate(&schemas) else { panic!("{what}: it is generated") };
        let error = error.to_string();
        assert!(error.starts_with("a.json") && error.contains("expected"), "{what}: {error}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("u16.json");
    fs::write(&path, format!("\u{feff}{TEXT}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()).unwrap();
    let error = Schemas::new().read(&path).check().unwrap_err().to_string();
    assert!(error.contains("u16.json") && error.contains("found bytes that are no text"), "{error}");
}
