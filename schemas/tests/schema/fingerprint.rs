//! Pinned fingerprints: locks and resume tokens hold them, so the input may not change.

use std::collections::HashMap;

use atdata_schema::{
    ArrayType, Dtype, Field, FieldType, OwnedArrayType, OwnedField, OwnedFieldType as T, OwnedSchema, Schema,
    SchemaRecord, SchemaRef, SchemaReference,
};

use crate::support::{reversed, sorted, types};

#[test]
fn fingerprints_of_python_types_are_pinned() {
    let pinned = [
        ("Prims", "4bdfdf5e7382532a293f1d70471579a94ff21bb4e3602bb9e02332dc91764a82"),
        ("Lists", "176a021e57bafe711c56c710007faef1f08d329943506a29e4e48423b7e828b2"),
        ("Optionals", "784b686a0dcc83269ee612cbb0eb51a674248556874413a03a62fbeeee2cb43c"),
        ("Arr", "ff4e57bee479a50a1d426f4cd7234663f904fe049c53da1104ba619d81211568"),
        ("TypedArr", "ffb94a3a0d27fe0b2e8e7de7c7406761eb4900b42525b9fbd1c7e65c8a7e7641"),
        ("Image", "9be08242182c369eb35b7a9aa900f9d483320ad80ec8b034cf26c2f0d8b1cfe3"),
        ("Features", "513c0de6764659f9c6a3edb5901aa4fe3ef3321db6c67864136eff176f2cc8ba"),
        ("Many", "b505f98b18074506c8ae3fddc630c85c2f06bfb24b5db32a91eacde976fb6e50"),
        ("ManifestSample", "d44927ecc3f0cefee0b094f74aa63cd5d36feb0f971140ee332bb1c4672a0784"),
        ("FullPerson", "3bb430f232efac80a0b7ad35cbf9d7a0a541304cc0dfa00cf2a4f7a7b427331e"),
        ("NameAge", "905cba8cb6dd5dbc23c4be7ea47434d9e4b2612e726d43449e8bf7b4ef2522ef"),
        ("Text", "8a4943dbf2cb5577e7c41682876a3479d3388a17dab3a361cdb7304054057830"),
    ];
    let pinned: HashMap<_, _> = pinned.into_iter().collect();
    for (name, fixture) in types() {
        let record = SchemaRecord::from_json(&fixture["get_schema"]).unwrap();
        assert_eq!(record.schema.fingerprint(), pinned[name.as_str()], "{name}");
    }
}

#[test]
fn every_spelling_of_a_type_has_its_fingerprint() {
    for (name, fixture) in types() {
        let local = SchemaRecord::from_json(&fixture["get_schema"]).unwrap();
        let fingerprint = local.schema.fingerprint();
        let published = local.clone().created_at("2026-03-01T12:00:00Z").to_atproto().unwrap();
        for json in [published.clone(), sorted(&published), reversed(&fixture["get_schema"]), local.to_local()] {
            assert_eq!(SchemaRecord::from_json(&json).unwrap().schema.fingerprint(), fingerprint, "{name}");
        }
        let mut described = local.schema.clone().described("Another.");
        described.name = "Other".to_owned();
        described.version = "7.0.0".to_owned();
        described.fields.reverse();
        for field in &mut described.fields {
            *field = field.clone().described("A field.").with_default();
        }
        assert_eq!(described.fingerprint(), fingerprint, "{name}");
    }
}

#[test]
fn types_that_allow_other_samples_have_other_fingerprints() {
    let array = || OwnedArrayType::new(Some(Dtype::UInt8));
    let f = |field_type| OwnedField::new("f", field_type);
    let list = |inner| T::List(Box::new(inner));
    let schema = |field: OwnedField| OwnedSchema::new("S", "1.0.0", vec![field]);
    let nested = |field: OwnedField| T::Sample(Box::new(schema(field)));
    let fields = [
        f(T::Str),
        f(T::Str).optional(true),
        OwnedField::new("g", T::Str),
        f(T::Int),
        f(T::Float),
        f(T::Bool),
        f(T::Bytes),
        f(T::Enum(vec!["a".to_owned()])),
        f(T::Enum(vec!["a".to_owned(), "b".to_owned()])),
        f(T::Any),
        f(T::Sparse),
        f(T::ArrowTensor),
        f(T::Safetensors),
        f(T::DataFrame),
        f(T::Array(OwnedArrayType::new(None))),
        f(T::Array(array())),
        f(T::Structured(array())),
        f(T::Array(array().ranked(2))),
        f(T::Array(array().shaped([None, Some(3)]))),
        f(T::Array(array().named(["y", "x"]))),
        f(T::Array(array().named(["x", "y"]))),
        f(list(T::Str)),
        f(list(list(T::Str))),
        f(list(T::Nullable(Box::new(T::Str)))),
        f(T::Map(Box::new(T::Str))),
        f(nested(f(T::Str))),
        f(nested(f(T::Int))),
        f(T::Ref(SchemaReference::local("S", "1.0.0"))),
        f(T::Ref(SchemaReference::local("Elsewhere", "1.0.0"))),
    ];
    let count = fields.len();
    let fingerprints: std::collections::HashSet<_> = fields.into_iter().map(|f| schema(f).fingerprint()).collect();
    assert_eq!(fingerprints.len(), count);
}

fn tree() -> &'static Schema {
    static CHILD: FieldType = FieldType::Sample(SchemaRef::new("Tree", "1.0.0", tree));
    static TREE: Schema = Schema::new(
        "Tree",
        "1.0.0",
        None,
        &[
            Field::new("children", FieldType::List(&CHILD)),
            Field::new("value", FieldType::Array(ArrayType::new(Some(Dtype::Float32), Some(2)))),
        ],
    );
    &TREE
}

#[test]
fn the_input_is_as_documented() {
    let tree = OwnedSchema::from(tree());
    assert_eq!(tree.to_string(), "Tree@1.0.0 { children: list<Tree>, value: array<float32, 2-d> }");
    assert_eq!(
        tree.fingerprint_input(),
        r#"[["children",["list",["up",0]],false],["value",["array","float32",[null,null],null],false]]"#,
    );
    // A type that holds itself is the same under another name.
    let mut renamed = tree.clone();
    renamed.name = "Node".to_owned();
    renamed.fields[0].field_type = T::List(Box::new(T::Ref(SchemaReference::local("Node", "1.0.0"))));
    assert_eq!(renamed.fingerprint(), tree.fingerprint());

    let all = OwnedSchema::new(
        "All",
        "1.0.0",
        vec![
            OwnedField::new("é\"", T::Map(Box::new(T::Any))),
            OwnedField::new(
                "z",
                T::Sample(Box::new(OwnedSchema::new(
                    "I",
                    "1.0.0",
                    vec![OwnedField::new("up", T::Ref(SchemaReference::local("All", "1.0.0")))],
                ))),
            ),
            OwnedField::new("a", T::Ref("local://schemas/m.X@1.0.0".parse().unwrap())).optional(true),
            OwnedField::new("s", T::Structured(OwnedArrayType::new(None).named(["n"]))),
        ],
    );
    assert_eq!(
        all.fingerprint_input(),
        concat!(
            r#"[["a",["ref","atdata://local/schema/X@1.0.0"],true],["s",["structured",null,[null],["n"]],false],"#,
            r#"["z",["sample",[["up",["up",1],false]]],false],["é\"",["map","any"],false]]"#,
        ),
    );
}
