//! What follows from two schemas, what does not, and what can be said about it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::slice::from_ref;

use atdata_schema::{
    Absent, Conversion, Dtype, FieldSource, MigrationPlan, MigrationPlanBuilder, OwnedArrayType, OwnedField,
    OwnedFieldType as T, OwnedSchema, SchemaDiff, SchemaReference,
};

fn schema(version: &str, fields: &[OwnedField]) -> OwnedSchema {
    OwnedSchema::new("S", version, fields.to_vec())
}

fn field(field_type: T) -> OwnedField {
    OwnedField::new("f", field_type)
}

fn named(name: &str, field_type: T) -> OwnedField {
    OwnedField::new(name, field_type)
}

fn array(dtype: Dtype) -> OwnedArrayType {
    OwnedArrayType::new(Some(dtype))
}

fn texts(values: &[&str]) -> T {
    T::Enum(values.iter().map(|value| (*value).to_owned()).collect())
}

fn list(element: T) -> T {
    T::List(Box::new(element))
}

fn map(value: T) -> T {
    T::Map(Box::new(value))
}

fn nullable(inner: T) -> T {
    T::Nullable(Box::new(inner))
}

fn nested(fields: &[OwnedField]) -> T {
    T::Sample(Box::new(OwnedSchema::new("Inner", "1.0.0", fields.to_vec())))
}

/// What is planned for these fields, or what stands in the way, without the heading.
fn outcome(old: &[OwnedField], new: &[OwnedField]) -> String {
    said(old, new, |plan| plan)
}

fn said(
    old: &[OwnedField],
    new: &[OwnedField],
    answer: impl FnOnce(MigrationPlanBuilder) -> MigrationPlanBuilder,
) -> String {
    let (old, new) = (schema("1.0.0", old), schema("2.0.0", new));
    match answer(MigrationPlan::builder(&old, &new)).build() {
        Ok(plan) => plan.to_string().lines().skip(1).map(str::trim_end).collect::<Vec<_>>().join("\n"),
        Err(error) => error.obstacles().iter().map(|obstacle| format!("! {obstacle}\n")).collect::<Vec<_>>().concat(),
    }
}

#[test]
fn a_change_of_one_field_has_one_outcome() {
    let of = |array: OwnedArrayType| field(T::Array(array));
    let u8s = || array(Dtype::UInt8);
    let up = |version: &str| field(T::Ref(SchemaReference::local("U", version)));
    let inner = |field_type: T| field(nested(&[named("x", field_type), named("same", T::Str)]));
    let cases = vec![
        (field(T::Str), field(T::Str), "  f: unchanged"),
        (field(T::Str), field(T::Str).optional(true), "  f: unchanged"),
        (field(T::Str), field(T::Str).with_default(), "  f: unchanged"),
        (field(T::Int), field(T::Float), "  f: int to float"),
        (field(T::Int).optional(true), field(T::Float).optional(true), "  f: int to float"),
        (field(T::Str), field(T::Any), "  f: unchanged"),
        (field(list(T::Int)), field(list(T::Float)), "  f: each int to float"),
        (field(list(T::Int)), field(list(nullable(T::Float))), "  f: each int to float"),
        (field(map(list(T::Int))), field(map(list(T::Float))), "  f: each each int to float"),
        (field(list(nullable(T::Int))), field(list(T::Any)), "  f: unchanged"),
        (of(array(Dtype::Float32)), of(array(Dtype::Float64)), "  f: cast to float64"),
        (of(array(Dtype::Int16)), of(array(Dtype::Int32)), "  f: cast to int32"),
        (of(u8s()), of(array(Dtype::Float16)), "  f: cast to float16"),
        (of(u8s()), of(OwnedArrayType::new(None)), "  f: unchanged"),
        (of(u8s().shaped([Some(4), None])), of(u8s().ranked(2)), "  f: unchanged"),
        (of(u8s().shaped([Some(4)])), of(array(Dtype::Int64)), "  f: cast to int64"),
        (of(u8s().ranked(1)), of(u8s().named(["time"])), "  f: unchanged"),
        (field(T::Structured(u8s().ranked(1))), field(T::Structured(u8s())), "  f: unchanged"),
        (inner(T::Int), inner(T::Float), "  f: sample\n    x: int to float\n    same: unchanged"),
        (inner(T::Int), field(T::Sample(Box::new(OwnedSchema::new("DictSample", "1.0.0", vec![])))), "  f: unchanged"),
        (
            field(nested(&[named("x", T::Str).optional(true)])),
            field(nested(&[named("x", T::Str).optional(true).with_default()])),
            "  f: sample\n    x: unchanged",
        ),
        (field(T::Sparse), field(T::Sparse).described("Sparse."), "  f: unchanged"),
        (up("1.0.0"), field(T::Ref("local://schemas/m.U@1.0.0".parse().unwrap())), "  f: unchanged"),
        (field(texts(&["a", "b"])), field(texts(&["c", "b", "a"])), "  f: unchanged"),
        (field(texts(&["a"])), field(T::Str), "  f: unchanged"),
        // What follows needs a word.
        (field(T::Str), field(texts(&["a"])), "! f: type str -> enum<\"a\">; write `.convert(\"f\", f)`\n"),
        (
            field(texts(&["a", "b"])),
            field(texts(&["a", "c"])),
            "! f: values \"c\" added; \"b\" removed; write `.convert(\"f\", f)`\n",
        ),
        (field(T::Str), field(T::Int), "! f: type str -> int; write `.convert(\"f\", f)`\n"),
        (field(T::Float), field(T::Int), "! f: type float -> int; write `.convert(\"f\", f)`\n"),
        (field(T::Any), field(T::Int), "! f: type any -> int; write `.convert(\"f\", f)`\n"),
        (
            field(T::Str).optional(true),
            field(T::Str),
            "! f: optional -> required; write `.fill_missing(\"f\", value)` or `.convert(\"f\", f)`\n",
        ),
        (
            field(T::Str).with_default(),
            field(T::Str),
            "! f: default removed; write `.fill_missing(\"f\", value)` or `.convert(\"f\", f)`\n",
        ),
        (
            field(list(nullable(T::Str))),
            field(list(T::Str)),
            "! f[]: optional -> required; write `.convert(\"f\", f)`\n",
        ),
        (
            of(array(Dtype::Float64)),
            of(array(Dtype::Float32)),
            "! f: dtype float64 -> float32; write `.convert(\"f\", f)`\n",
        ),
        (of(OwnedArrayType::new(None)), of(u8s()), "! f: dtype any -> uint8; write `.convert(\"f\", f)`\n"),
        (
            of(u8s().ranked(2)),
            of(array(Dtype::Bool).shaped([Some(2), None])),
            "! f: shape (_, _) -> (2, _); write `.convert(\"f\", f)`\n\
             ! f: dtype uint8 -> bool; write `.convert(\"f\", f)`\n",
        ),
        (
            of(u8s().named(["y", "x"])),
            of(u8s().named(["x", "y"])),
            "! f: dimensions (y, x) -> (x, y); write `.convert(\"f\", f)`\n",
        ),
        (
            field(T::Structured(u8s())),
            field(T::Structured(array(Dtype::Int64))),
            "! f: dtype uint8 -> int64; write `.convert(\"f\", f)`\n",
        ),
        (inner(T::Str), inner(T::Bool), "! f.x: type str -> bool; write `.convert(\"f.x\", f)`\n"),
        (
            field(list(nested(&[]))),
            field(list(nested(&[named("x", T::Int)]))),
            "! f[].x: added as int, neither optional nor with a default; write `.fill(\"f[].x\", value)` or \
             `.convert(\"f[].x\", f)`\n",
        ),
        (
            up("1.0.0"),
            up("2.0.0"),
            "! f: type atdata://local/schema/U@1.0.0 -> atdata://local/schema/U@2.0.0; write `.convert(\"f\", f)`\n",
        ),
    ];
    assert_eq!(cases.len(), 41);
    for (old, new, expected) in &cases {
        assert_eq!(outcome(from_ref(old), from_ref(new)), *expected, "{old} -> {new}");
    }
}

/// Of its name and version; of any other, the reference does not tell what it is.
#[test]
fn a_sample_in_place_is_one_that_is_named() {
    let place = field(nested(&[named("x", T::Int)]));
    let reference = |version| field(T::Ref(SchemaReference::local("Inner", version)));
    assert_eq!(outcome(from_ref(&place), &[reference("1.0.0")]), "  f: unchanged");
    assert_eq!(outcome(&[reference("1.0.0")], from_ref(&place)), "  f: unchanged");
    let expected = "! f: type Inner -> atdata://local/schema/Inner@1.0.1; write `.convert(\"f\", f)`\n";
    assert_eq!(outcome(from_ref(&place), &[reference("1.0.1")]), expected);
}

#[test]
fn added_and_removed_fields_have_one_outcome() {
    let [a, b, text] = [named("a", T::Int), named("b", T::Int), named("text", T::Str)];
    let cases = [
        (vec![a.clone()], vec![a.clone(), text.clone().optional(true)], "  a: unchanged\n  text: null"),
        (vec![a.clone()], vec![text.clone().with_default(), a.clone()], "  text: default\n  a: unchanged"),
        (
            vec![a.clone()],
            vec![a.clone(), text.clone().optional(true).with_default()],
            "  a: unchanged\n  text: default",
        ),
        (vec![a.clone(), text.clone()], vec![a.clone()], "  a: unchanged\n  text: dropped"),
        (
            vec![a.clone(), text.clone()],
            vec![a.clone(), b.clone().with_default()],
            "  a: unchanged\n  b: default\n  text: dropped",
        ),
        (
            vec![a.clone()],
            vec![b.clone()],
            "! b: added as int, neither optional nor with a default; write `.rename(\"a\", \"b\")`, `.fill(\"b\", value)` or \
             `.convert(\"b\", f)`\n",
        ),
        // To leave it empty would lose the values without a word.
        (
            vec![a.clone()],
            vec![b.clone().optional(true)],
            "! a: removed, was int (renamed to b?); write `.rename(\"a\", \"b\")` or `.drop_field(\"a\")`\n",
        ),
    ];
    for (old, new, expected) in &cases {
        assert_eq!(outcome(old, new), *expected, "{old:?} -> {new:?}");
    }
}

#[test]
fn what_is_said_is_done() {
    let [a, b] = [named("a", T::Int), named("b", T::Int)];
    let pair = [a.clone(), b.clone()];
    assert_eq!(said(from_ref(&a), from_ref(&b), |plan| plan.rename("a", "b")), "  b: from a");
    let float = named("b", T::Float);
    assert_eq!(said(from_ref(&a), from_ref(&float), |plan| plan.rename("a", "b")), "  b: from a, int to float");
    assert_eq!(said(&pair, &pair, |plan| plan.rename("a", "b").rename("b", "a")), "  a: from b\n  b: from a");
    assert_eq!(said(from_ref(&a), &pair, |plan| plan.fill("b")), "  a: unchanged\n  b: filled");
    assert_eq!(said(from_ref(&a), &pair, |plan| plan.convert("b").fill("a")), "  a: filled\n  b: by function");
    let optional = b.clone().optional(true);
    assert_eq!(said(from_ref(&a), from_ref(&optional), |plan| plan.drop_field("a")), "  b: null\n  a: dropped");
    let filled = |old: &OwnedField, new: &OwnedField| said(from_ref(old), from_ref(new), |plan| plan.fill_missing("b"));
    assert_eq!(filled(&optional, &b), "  b: unchanged, filled if null or missing");
    assert_eq!(filled(&b.clone().with_default(), &b), "  b: unchanged, filled if missing");
    assert_eq!(filled(&b.clone().with_default(), &optional), "  b: unchanged, filled if missing");
    let renamed =
        said(from_ref(&a.clone().optional(true)), from_ref(&float), |plan| plan.rename("a", "b").fill_missing("b"));
    assert_eq!(renamed, "  b: from a, int to float, filled if null or missing");
}

#[test]
fn fields_of_nested_samples_are_named_by_their_path() {
    let old = field(list(nested(&[named("author", T::Str), named("n", T::Int).optional(true)])));
    let new = field(list(nested(&[named("creator", T::Str), named("n", T::Int), named("license", T::Str)])));
    assert_eq!(
        said(from_ref(&old), from_ref(&new), |plan| plan
            .rename("f[].author", "f[].creator")
            .fill_missing("f[].n")
            .convert("f[].license")),
        "  f: each sample\n    creator: from author\n    n: unchanged, filled if null or missing\n    license: by function",
    );
    // Where nothing changed, an answer is still followed.
    let same = field(nested(&[named("x", T::Str)]));
    let filled = said(from_ref(&same), from_ref(&same), |plan| plan.fill("f.x"));
    assert_eq!(filled, "  f: sample\n    x: filled");
}

#[test]
fn an_answer_that_is_of_no_use_is_an_error() {
    let [a, b] = [named("a", T::Int), named("b", T::Int)];
    let pair = [a.clone(), b.clone()];
    let of = |answer: fn(MigrationPlanBuilder) -> MigrationPlanBuilder| said(&pair, &pair, answer);
    let unknown = "is no field of the new type; remove the answer, or name a field of the new type by its whole path\n";
    assert_eq!(of(|plan| plan.fill("c")), format!("! c: {unknown}"));
    assert_eq!(of(|plan| plan.convert("a.x").rename("a", "z")), format!("! a.x: {unknown}! z: {unknown}"));
    assert_eq!(
        of(|plan| plan.rename("c", "a")),
        "! a: is to be renamed from \"c\", which does not exist; the old type has a, b\n",
    );
    assert_eq!(
        of(|plan| plan.drop_field("a")),
        "! a: is no old field that could be dropped; remove the `drop_field`\n"
    );
    let twice = "! a: is answered in two ways that exclude each other; keep one of them\n";
    assert_eq!(of(|plan| plan.fill("a").convert("a")), twice);
    assert_eq!(of(|plan| plan.rename("a", "a").fill("a")), twice);
    let missing = said(from_ref(&a), &pair, |plan| plan.fill_missing("b"));
    assert_eq!(missing, "! b: is in no old sample; write `.fill(\"b\", value)`\n");
}

#[test]
fn all_obstacles_are_told_at_once() {
    let old = schema("1.0.0", &[named("label", T::Str), named("note", T::Str).optional(true), named("x", T::Bytes)]);
    let new = schema("2.0.0", &[named("label", T::Int), named("note", T::Str), named("y", T::Bool)]);
    let error = MigrationPlan::between(&old, &new).unwrap_err();
    assert_eq!(
        error.to_string(),
        "S@1.0.0 -> S@2.0.0: 3 fields need a word:\n  \
         label: type str -> int; write `.convert(\"label\", f)`\n  \
         note: optional -> required; write `.fill_missing(\"note\", value)` or `.convert(\"note\", f)`\n  \
         y: added as bool, neither optional nor with a default; write `.fill(\"y\", value)` or `.convert(\"y\", f)`",
    );
}

/// A tree of nodes, each with a value.
fn tree(version: &str, value: T) -> OwnedSchema {
    let children = list(T::Ref(SchemaReference::local("Tree", version)));
    OwnedSchema::new("Tree", version, vec![named("value", value), named("children", children)])
}

#[test]
fn a_type_that_holds_itself_is_followed_by_the_same_plan() {
    let plan = MigrationPlan::between(&tree("1.0.0", T::Int), &tree("2.0.0", T::Float)).unwrap();
    let FieldSource::Old { conversion, absent, .. } = &plan.sample().steps()[1].source else { panic!("{plan}") };
    assert_eq!(*conversion, Conversion::List(Box::new(Conversion::Enclosing(0))));
    assert_eq!(*absent, Absent::Refused);
    // The version need not have changed for the nodes to.
    let plan = MigrationPlan::between(&tree("1.0.0", T::Int), &tree("1.0.0", T::Float)).unwrap();
    assert!(!plan.sample().is_identity() && plan.to_string().contains("each sample, as around it"));
}

#[test]
fn nothing_to_do_is_an_identity() {
    let old = schema("1.0.0", &[field(T::Int), named("n", nested(&[field(T::Str)]))]);
    let plan = MigrationPlan::between(&old, &old.clone().described("The same.")).unwrap();
    assert!(plan.sample().is_identity());
    assert_eq!(plan.source().fingerprint(), plan.target().fingerprint());
}

#[test]
fn a_dtype_widens_where_no_value_is_lost() {
    let wider = |dtype: Dtype| Dtype::ALL.into_iter().filter(move |wider| dtype.widens_to(*wider)).collect::<Vec<_>>();
    assert_eq!(wider(Dtype::Bool).len(), 13);
    assert_eq!(wider(Dtype::Float32), [Dtype::Float64, Dtype::Complex64, Dtype::Complex128]);
    assert_eq!(wider(Dtype::UInt32), [Dtype::Int64, Dtype::UInt64, Dtype::Float64, Dtype::Complex128]);
    for dtype in [Dtype::Int64, Dtype::UInt64, Dtype::Complex128] {
        assert_eq!(wider(dtype), []);
    }
}

/// What readers of the new type take from old samples as it is, needs no plan that a person has to help with, unless it
/// may be a field under a new name.
#[test]
fn whatever_the_diff_calls_compatible_follows() {
    let types = [T::Str, T::Int, T::Float, T::Any, list(T::Int), list(nullable(T::Int)), list(T::Float), list(T::Any)];
    let mut compatible = 0;
    for old in &types {
        for new in &types {
            for (optional, default) in [(false, false), (true, false), (false, true)] {
                let old = schema("1.0.0", &[field(old.clone())]);
                let new = schema(
                    "2.0.0",
                    &[{
                        let field = field(new.clone()).optional(optional);
                        if default { field.with_default() } else { field }
                    }],
                );
                let diff = SchemaDiff::between(&old, &new);
                let follows = MigrationPlan::between(&old, &new).is_ok();
                assert_eq!(diff.level() < atdata_schema::Level::Major, follows, "{diff}");
                compatible += usize::from(follows);
            }
        }
    }
    assert!(compatible > 50, "{compatible}");
}
