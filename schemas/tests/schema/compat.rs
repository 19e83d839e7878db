//! What a change is called, by the rules that `Level` documents.

use std::slice::from_ref;

use atdata_schema::{
    Dtype, Level, OwnedArrayType, OwnedField, OwnedFieldType as T, OwnedSchema, SchemaDiff, SchemaReference, Version,
};

fn schema(fields: &[OwnedField]) -> OwnedSchema {
    OwnedSchema::new("S", "1.0.0", fields.to_vec())
}

fn field(field_type: T) -> OwnedField {
    OwnedField::new("f", field_type)
}

fn array() -> OwnedArrayType {
    OwnedArrayType::new(Some(Dtype::UInt8))
}

fn list(element: T) -> T {
    T::List(Box::new(element))
}

fn nullable(inner: T) -> T {
    T::Nullable(Box::new(inner))
}

fn nested(name: &str, fields: &[OwnedField]) -> T {
    T::Sample(Box::new(OwnedSchema::new(name, "1.0.0", fields.to_vec())))
}

/// A change of one field `f`, and the line that it gives.
fn field_changes() -> Vec<(OwnedField, OwnedField, &'static str)> {
    let of = |array: OwnedArrayType| field(T::Array(array));
    let values = |values: &[&str]| field(T::Enum(values.iter().map(ToString::to_string).collect()));
    let Ok(old_spelling) = "local://schemas/m.U@1.0.0".parse() else { panic!("a reference") };
    let up = |version| field(T::Ref(SchemaReference::local("U", version)));
    vec![
        (field(T::Str), field(T::Str), ""),
        (field(T::Str), field(T::Str).described("Text."), "patch  f: description changed"),
        (field(T::Str), field(T::Str).with_default(), "minor  f: default added"),
        (field(T::Str).with_default(), field(T::Str), "major  f: default removed"),
        (field(T::Str).default_value("en"), field(T::Str).default_value("en"), ""),
        (field(T::Str).default_value("en"), field(T::Str).default_value("fr"), "minor  f: default \"en\" -> \"fr\""),
        (field(T::Float).default_value(1), field(T::Float).default_value(1.0), ""),
        // A record that does not say which one it is may mean the same.
        (field(T::Str).default_value("en"), field(T::Str).with_default(), ""),
        (field(T::Str), field(T::Str).optional(true), "minor  f: required -> optional"),
        (field(T::Str).optional(true), field(T::Str), "major  f: optional -> required"),
        (field(T::Int), field(T::Float), "minor  f: type int -> float"),
        (field(T::Float), field(T::Int), "major  f: type float -> int"),
        (field(T::Str), field(T::Bytes), "major  f: type str -> bytes"),
        (field(T::Bool), field(T::Int), "major  f: type bool -> int"),
        (field(T::Bytes), of(array()), "major  f: type bytes -> array<uint8>"),
        (of(array()), field(T::Bytes), "major  f: type array<uint8> -> bytes"),
        (of(array()), field(T::Structured(array())), "major  f: type array<uint8> -> structured<uint8>"),
        (field(T::Sparse), field(T::ArrowTensor), "major  f: type sparse -> arrow_tensor"),
        (field(T::Int), field(T::Any), "minor  f: type int -> any"),
        (field(T::Any), field(T::Int), "major  f: type any -> int"),
        (values(&["a"]), values(&["a"]), ""),
        (values(&["a", "b"]), values(&["b", "a"]), "patch  f: order of values changed"),
        (values(&["a"]), values(&["a", "b"]), "minor  f: values \"b\" added"),
        (values(&["a", "b"]), values(&["b"]), "major  f: values \"a\" removed"),
        (values(&["a", "b"]), values(&["b", "c", "d"]), "major  f: values \"c\", \"d\" added; \"a\" removed"),
        (values(&["a", "b"]), field(T::Str), "minor  f: type enum<\"a\", \"b\"> -> str"),
        (field(T::Str), values(&["a", "b"]), "major  f: type str -> enum<\"a\", \"b\">"),
        (of(array()), of(OwnedArrayType::new(None)), "minor  f: dtype uint8 -> any"),
        (of(OwnedArrayType::new(None)), of(array()), "major  f: dtype any -> uint8"),
        (of(array()), of(OwnedArrayType::new(Some(Dtype::Float32))), "major  f: dtype uint8 -> float32"),
        (of(array()), of(array().ranked(2)), "major  f: shape any -> (_, _)"),
        (of(array().ranked(2)), of(array()), "minor  f: shape (_, _) -> any"),
        (of(array().ranked(2)), of(array().ranked(3)), "major  f: shape (_, _) -> (_, _, _)"),
        (of(array().ranked(2)), of(array().shaped([None, Some(3)])), "major  f: shape (_, _) -> (_, 3)"),
        (of(array().shaped([None, Some(3)])), of(array().ranked(2)), "minor  f: shape (_, 3) -> (_, _)"),
        (of(array().shaped([Some(4)])), of(array().shaped([Some(5)])), "major  f: shape (4) -> (5)"),
        (of(array().ranked(1)), of(array().shaped([None])), ""),
        (of(array().ranked(1)), of(array().named(["time"])), "patch  f: dimensions none -> (time)"),
        (of(array().named(["time"])), of(array().ranked(1)), "patch  f: dimensions (time) -> none"),
        (of(array().named(["y", "x"])), of(array().named(["x", "y"])), "major  f: dimensions (y, x) -> (x, y)"),
        (field(list(T::Int)), field(list(T::Float)), "minor  f[]: type int -> float"),
        (field(list(T::Int)), field(list(nullable(T::Int))), "minor  f[]: required -> optional"),
        (field(list(nullable(T::Int))), field(list(T::Int)), "major  f[]: optional -> required"),
        (field(list(T::Int)), field(T::Map(Box::new(T::Int))), "major  f: type list<int> -> map<str, int>"),
        (field(list(nullable(T::Int))), field(list(T::Any)), "minor  f[]: type int? -> any"),
        (field(nested("A", &[field(T::Int)])), field(nested("B", &[field(T::Int)])), "patch  f: name A -> B"),
        (field(nested("A", &[field(T::Int)])), field(nested("A", &[field(T::Float)])), "minor  f.f: type int -> float"),
        (
            field(list(nested("A", &[]))),
            field(list(nested("A", &[field(T::Int)]))),
            "major  f[].f: added as int, neither optional nor with a default",
        ),
        (field(nested("A", &[])), field(T::Map(Box::new(T::Any))), "major  f: type A -> map<str, any>"),
        (up("1.0.0"), field(T::Ref(old_spelling)), ""),
        (field(nested("U", &[field(T::Int)])), up("1.0.0"), "patch  f: type U -> atdata://local/schema/U@1.0.0"),
        (up("1.0.0"), field(nested("U", &[field(T::Int)])), "patch  f: type atdata://local/schema/U@1.0.0 -> U"),
        (up("1.0.1"), field(nested("U", &[field(T::Int)])), "major  f: type atdata://local/schema/U@1.0.1 -> U"),
        (up("1.0.0"), up("1.0.1"), "major  f: type atdata://local/schema/U@1.0.0 -> atdata://local/schema/U@1.0.1"),
    ]
}

#[test]
fn a_change_of_a_field_has_one_level() {
    let changes = field_changes();
    assert_eq!(changes.len(), 54);
    for (old, new, line) in changes {
        let diff = SchemaDiff::between(&schema(from_ref(&old)), &schema(from_ref(&new)));
        assert_eq!(diff.to_string().trim_end(), line, "{old} -> {new}");
        let level = line.split_whitespace().next().unwrap_or("identical");
        assert_eq!(diff.level().to_string(), level);
    }
}

#[test]
fn a_change_of_the_fields_has_a_line_for_each() {
    let [a, b, c] = ["a", "b", "c"].map(|name| OwnedField::new(name, T::Int));
    let text = OwnedField::new("text", T::Str);
    let cases = [
        (vec![a.clone(), b.clone()], vec![b.clone(), a.clone()], ""),
        (vec![a.clone()], vec![b.clone().optional(true), a.clone()], "minor  b: added as int?\n"),
        (vec![a.clone()], vec![a.clone(), b.clone().with_default()], "minor  b: added as int\n"),
        (vec![a.clone()], vec![a.clone(), b.clone()], "major  b: added as int, neither optional nor with a default\n"),
        (vec![a.clone(), text.clone()], vec![a.clone()], "major  text: removed, was str\n"),
        (
            vec![a.clone(), text.clone()],
            vec![OwnedField::new("caption", T::Str), a.clone()],
            "major  text: removed, was str (renamed to caption?)\n\
             major  caption: added as str, neither optional nor with a default\n",
        ),
        // Two candidates are no candidate.
        (
            vec![a.clone()],
            vec![b.clone(), c.clone()],
            "major  a: removed, was int\n\
             major  b: added as int, neither optional nor with a default\n\
             major  c: added as int, neither optional nor with a default\n",
        ),
        (
            vec![a.clone(), b.clone()],
            vec![c.clone()],
            "major  a: removed, was int\n\
             major  b: removed, was int\n\
             major  c: added as int, neither optional nor with a default\n",
        ),
    ];
    for (old, new, lines) in cases {
        assert_eq!(SchemaDiff::between(&schema(&old), &schema(&new)).to_string(), lines);
    }
}

#[test]
fn a_change_of_the_members_is_one_of_the_schema() {
    let of = |member: &str, codec: Option<&str>| {
        let mut field = field(T::Bytes);
        (field.member, field.codec) = (Some(member.to_owned()), codec.map(str::to_owned));
        schema(from_ref(&field)).of_members(None)
    };
    let told = |old: &OwnedSchema, new: &OwnedSchema| SchemaDiff::between(old, new).to_string().trim_end().to_owned();
    assert_eq!(told(&of("jpg", None), &of("jpg", None)), "");
    assert_eq!(told(&of("jpg", None), &of("jpg|jpeg", None)), "minor  f: member jpg -> jpg|jpeg");
    assert_eq!(told(&of("jpg|jpeg", None), &of("jpeg", None)), "major  f: member jpg|jpeg -> jpeg");
    assert_eq!(told(&of("csv", None), &of("csv", Some("Csv"))), "major  f: member csv -> csv by Csv");
    let named = schema(&[field(T::Bytes)]);
    let (members, keyed) = (named.clone().of_members(None), named.clone().of_members(Some("{f}".into())));
    assert_eq!(told(&named, &members), "major  layout packed -> members");
    assert_eq!(told(&members, &keyed), "major  layout members -> members of keys {f}");
    let mut others = members.clone();
    others.layout.as_mut().unwrap().allow_unknown = true;
    assert_eq!(told(&members, &others), "minor  layout members -> members, and others");
    assert_eq!(told(&others, &members), "major  layout members, and others -> members");
}

#[test]
fn the_type_itself_may_change() {
    let old = schema(&[]);
    let diff = SchemaDiff::between(&old, &old.clone().described("A sample."));
    assert_eq!(diff.to_string(), "patch  description changed\n");
    let renamed = OwnedSchema::new("T", "1.0.0", vec![]);
    assert_eq!(SchemaDiff::between(&old, &renamed).to_string(), "major  name S -> T\n");
    let version = OwnedSchema::new("S", "9.0.0", vec![]);
    assert_eq!(SchemaDiff::between(&old, &version).level(), Level::Identical);
}

#[test]
fn the_version_must_rise_as_far_as_the_change_asks() {
    use Level::{Identical, Major, Minor, Patch};

    let of = |level: Level| {
        let old = schema(&[field(T::Int)]);
        let new = match level {
            Level::Identical => field(T::Int),
            Level::Patch => field(T::Int).described("A number."),
            Level::Minor => field(T::Float),
            Level::Major => field(T::Str),
        };
        let diff = SchemaDiff::between(&old, &schema(&[new]));
        assert_eq!(diff.level(), level);
        diff
    };
    let version = |text: &str| Version::parse(text).unwrap();
    let too_low = |level: &str, new: &str, old: &str, lowest: &str| {
        format!("version {new} is too low for a {level} change of {old}: it must be at least {lowest}")
    };
    let cases = [
        (Identical, "1.2.3", "1.2.3", None),
        (Identical, "1.2.3", "1.2.4", None),
        // Builds have no order.
        (Identical, "1.2.3+b", "1.2.3+a", None),
        (Patch, "1.2.3", "1.2.4", None),
        (Patch, "1.2.3", "2.0.0", None),
        (Minor, "1.2.3", "1.3.0", None),
        (Minor, "1.2.3", "1.2.4", Some(too_low("minor", "1.2.4", "1.2.3", "1.3.0"))),
        (Major, "1.2.3", "2.0.0", None),
        (Major, "1.2.3", "2.0.0-alpha", None),
        (Major, "1.2.3", "1.9.0", Some(too_low("major", "1.9.0", "1.2.3", "2.0.0"))),
        // Before 1.0.0, one place further down.
        (Minor, "0.2.3", "0.2.4", None),
        (Major, "0.2.3", "0.3.0", None),
        (Major, "0.2.3", "0.2.4", Some(too_low("major", "0.2.4", "0.2.3", "0.3.0"))),
        // A pre-release promises nothing.
        (Major, "2.0.0-alpha", "2.0.0-beta", None),
        (Major, "2.0.0-alpha", "2.0.0", None),
        (Identical, "1.2.3", "1.2.2", Some("version 1.2.2 is older than 1.2.3, which is published".to_owned())),
        (
            Patch,
            "1.2.3",
            "1.2.3+rebuilt",
            Some(
                "version 1.2.3+rebuilt is published with other fields: a patch change must be at least 1.2.4"
                    .to_owned(),
            ),
        ),
    ];
    for (level, old, new, error) in cases {
        let verdict = of(level).check_version(&version(old), &version(new));
        assert_eq!(verdict.err().map(|error| error.to_string()), error, "{level} {old} -> {new}");
        let lowest = of(level).next_version(&version(old));
        assert_eq!(of(level).check_version(&version(old), &lowest), Ok(()), "{level} {old} -> {lowest}");
    }
}

/// A type that holds itself refers to itself by its version, which goes up with every change.
#[test]
fn a_reference_to_the_type_around_it_is_the_same_in_both_versions() {
    let tree = |version: &str, more: &[OwnedField]| {
        let up = list(T::Ref(SchemaReference::local("Tree", version)));
        let fields = [&[OwnedField::new("children", up)], more].concat();
        OwnedSchema::new("Tree", version, fields)
    };
    let note = OwnedField::new("note", T::Str).optional(true);
    let diff = SchemaDiff::between(&tree("1.0.0", &[]), &tree("1.1.0", from_ref(&note)));
    assert_eq!(diff.to_string(), "minor  note: added as str?\n");

    // The old version, stored elsewhere, is another type than the one around it.
    let mut elsewhere = tree("1.0.0", &[]);
    elsewhere.version = "2.0.0".to_owned();
    let diff = SchemaDiff::between(&tree("1.0.0", &[]), &elsewhere);
    assert_eq!(diff.level(), Level::Major, "{diff}");
    assert_ne!(tree("1.0.0", &[]).fingerprint(), elsewhere.fingerprint());
}

/// What changed in it is told at its fields; the version of a type that is told by name alone is all there is of it.
#[test]
fn the_version_of_a_nested_type_is_no_change_by_itself() {
    let at = |version: &str, fields: &[OwnedField]| {
        let inner = OwnedSchema::new("U", version, fields.to_vec());
        schema(&[field(T::List(Box::new(T::Sample(Box::new(inner)))))])
    };
    let x = [OwnedField::new("x", T::Int)];
    let diff = SchemaDiff::between(&at("1.0.0", &x), &at("2.0.0", &x));
    assert_eq!((diff.to_string().as_str(), diff.level().to_string().as_str()), ("", "identical"));
    let changed = SchemaDiff::between(&at("1.0.0", &x), &at("2.0.0", &[]));
    assert_eq!(changed.to_string(), "major  f[].x: removed, was int\n");
}

#[test]
fn a_nested_sample_may_become_one_of_any_type() {
    let typed = field(nested("U", &[OwnedField::new("x", T::Int)]));
    let untyped = field(nested("DictSample", &[]));
    let (old, new) = (schema(from_ref(&typed)), schema(from_ref(&untyped)));
    assert_eq!(SchemaDiff::between(&old, &new).to_string(), "minor  f: type U -> DictSample\n");
    assert_eq!(SchemaDiff::between(&new, &old).to_string(), "major  f: type DictSample -> U\n");
}
