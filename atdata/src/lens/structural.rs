//! Structural views that nobody declared: fields of the same names and types.

use std::marker::PhantomData;

use atdata_schema::fit::{Presence, Purpose, Verdict, fields, heads};
use atdata_schema::matching::{NestedSample, Text, same_text};
use atdata_schema::{Field, FieldType, Schema};

use crate::error::Result;
use crate::lens::Direct;
use crate::sample::{Column, Cursor, DictSample, NestedSamples, Owed, Packable, SourceFields};

/// The sample as `V`, each field of which is a field of `S`: of the same name on the wire, the same type, and optional
/// in both or in neither. Anything else does not compile, with a message that lists what does not fit.
///
/// The sample is packed and read back. Whole datasets are seen that way by
/// [`Dataset::project`](crate::Dataset::project), straight from their bytes.
///
/// ```
/// use atdata::Packable;
///
/// #[derive(Packable)]
/// struct Photo {
///     image: Vec<u8>,
///     label: String,
/// }
///
/// // Of another library: no lens, and no word about `Photo`.
/// #[derive(Packable)]
/// struct Labelled {
///     label: String,
/// }
///
/// let photo = Photo { image: vec![1, 2, 3], label: "cat".into() };
/// let labelled: Labelled = atdata::lens::project::<Photo, Labelled>(&photo)?;
/// assert_eq!(labelled.label, "cat");
/// # Ok::<(), atdata::Error>(())
/// ```
///
/// Samples inside of samples are compared by their fields as well. What is inside of those in turn, and whether they pass
/// over fields that they do not know, is told when they are read and not before.
///
/// # Errors
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) or [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) as of
/// [`try_pack`](Packable::try_pack); the latter as well where a sample in the sample does not fit.
pub fn project<S: Packable, V: Packable>(source: &S) -> Result<V> {
    const { assert_fits::<S, V>() };
    repack(source)
}

/// Packs, and reads back the fields of `V`.
pub(crate) fn repack<S: Packable, V: Packable>(source: &S) -> Result<V> {
    let bytes = bytes::Bytes::from(source.try_pack()?);
    Direct::of_own_fields().read(&mut Cursor::shared(&bytes))
}

/// How `V` is read from the bytes of an `S`.
pub(crate) const fn direct<S: Packable, V: Packable>() -> Direct<V> {
    assert_fits::<S, V>();
    Direct::of_fields(Projection::<S, V>::FIELDS, Some(read_source::<S, V>))
}

/// What the reader of `V` is told of the fields of `S`.
struct Projection<S, V>(PhantomData<(S, V)>);

impl<S: Packable, V: Packable> Projection<S, V> {
    const FIELDS: &'static SourceFields = &SourceFields::own(Owed::By(owes::<S, V>));
}

fn read_source<S: Packable, V: Packable>(cursor: &mut Cursor<'_>) -> Result<V> {
    repack(&S::read(cursor)?)
}

/// Whether a field has to be there for `V` to be read without `S`: one of the two fills it in by itself, and what counts
/// is `S`.
fn owes<S: Packable, V: Packable>(at: usize) -> bool {
    let wanted = V::SCHEMA.fields.get(at);
    let found = wanted.and_then(|wanted| find(S::SCHEMA.fields, wanted.name));
    found.is_some_and(|found| found.has_default || wanted.is_some_and(|wanted| wanted.has_default))
}

/// Does not compile unless every field of `V` is one of `S`.
const fn assert_fits<S: Packable, V: Packable>() {
    let misfits = Misfits::between(&Sides::of::<S>(), &Sides::of::<V>());
    assert!(!misfits.any, "{}", misfits.text.as_str());
}

const fn find<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
    match position(fields, name) {
        Some(at) => fields.split_at(at).1.first(),
        None => None,
    }
}

const fn position(mut fields: &[Field], name: &str) -> Option<usize> {
    let mut at = 0;
    while let Some((field, rest)) = fields.split_first() {
        if same_text(field.name, name) {
            return Some(at);
        }
        (fields, at) = (rest, at + 1);
    }
    None
}

/// A sample type, and the sample types in its fields.
struct Sides {
    schema: &'static Schema,
    nested: NestedSamples,
}

impl Sides {
    const fn of<S: Packable>() -> Self {
        Self { schema: S::SCHEMA, nested: S::Builder::NESTED }
    }
}

/// Whether what the view says of a type is what the source says of it; the view may say less of an array.
const fn fits(source: &FieldType, view: &FieldType) -> bool {
    let verdict = heads(&source.parts(), &view.parts(), Purpose::View);
    match (source, view) {
        (FieldType::List(source), FieldType::List(view))
        | (FieldType::Map(source), FieldType::Map(view))
        | (FieldType::Nullable(source), FieldType::Nullable(view))
            if matches!(verdict, Verdict::Inside) =>
        {
            fits(source, view)
        }
        // What is inside of a sample in the sample is not in its type.
        _ => verdict.holds(),
    }
}

/// Names of dimensions, where both give them: they are not in the text of a type.
const fn dims(of: &FieldType) -> Option<&'static [&'static str]> {
    match of {
        FieldType::Array(array) | FieldType::Structured(array) => array.dims,
        FieldType::List(inner) | FieldType::Map(inner) | FieldType::Nullable(inner) => dims(inner),
        _ => None,
    }
}

/// What does not fit, for a constant that panics.
struct Misfits {
    text: Text,
    any: bool,
    /// The field whose sample is looked into.
    outer: Option<&'static str>,
}

impl Misfits {
    const fn between(of_source: &Sides, of_view: &Sides) -> Self {
        let (source, view) = (of_source.schema, of_view.schema);
        let mut misfits = Self { text: Text::new(), any: false, outer: None };
        misfits.text.push("`");
        misfits.text.push(view.name);
        misfits.text.push("` has other fields than `");
        misfits.text.push(source.name);
        misfits.text.push("`:");
        let (mut fields, mut at) = (view.fields, 0);
        while let Some((wanted, rest)) = fields.split_first() {
            let fits = misfits.compare(find(source.fields, wanted.name), wanted);
            if let (true, Some(place)) = (fits, position(source.fields, wanted.name)) {
                misfits.compare_inside(wanted.name, of_source.nested.get(place), of_view.nested.get(at));
            }
            (fields, at) = (rest, at + 1);
        }
        misfits.text.push(if same_text(source.name, DictSample::TYPE_NAME) && source.fields.is_empty() {
            "\nevery type is a view of samples without a type: write `as_type` in place of `project`"
        } else {
            "\nchange the fields, or make the view with `#[lens]` on a function"
        });
        misfits
    }

    /// The fields of the samples in a field.
    const fn compare_inside(&mut self, outer: &'static str, source: Option<NestedSample>, view: Option<NestedSample>) {
        let (Some(source), Some(view)) = (source, view) else { return };
        // Of a type that met an error no more is said.
        if source.is_failed() {
            return;
        }
        self.outer = Some(outer);
        let mut fields = view.fields();
        while let Some((wanted, rest)) = fields.split_first() {
            self.compare(find(source.fields(), wanted.name), wanted);
            fields = rest;
        }
        self.outer = None;
    }

    /// Whether the field of the source is what the view wants.
    const fn compare(&mut self, found: Option<&Field>, wanted: &Field) -> bool {
        let Some(found) = found else {
            let may_lack = fields(Presence::Absent, wanted.presence(), Purpose::View).there.holds();
            if !may_lack {
                self.add(wanted, "the source has no such field");
            }
            return may_lack;
        };
        if !fits(&found.field_type, &wanted.field_type) {
            self.add(wanted, "the source has ");
            self.text.push_type(&found.field_type);
            self.text.push(", not ");
            self.text.push_type(&wanted.field_type);
            if let (Some(found), Some(wanted)) = (dims(&found.field_type), dims(&wanted.field_type)) {
                self.text.push("; its dimensions are ");
                self.text.push_names(found);
                self.text.push(", not ");
                self.text.push_names(wanted);
            }
            return false;
        }
        let fits = fields(found.presence(), wanted.presence(), Purpose::View).null.holds();
        if !fits {
            self.add(
                wanted,
                if found.optional {
                    "optional in the source; make it an `Option`"
                } else {
                    "not optional in the source; take the `Option` away"
                },
            );
        }
        fits
    }

    const fn add(&mut self, field: &Field, problem: &str) {
        self.any = true;
        self.text.push("\nfield `");
        if let Some(outer) = self.outer {
            self.text.push(outer);
            self.text.push(".");
        }
        self.text.push(field.name);
        self.text.push("`: ");
        self.text.push(problem);
    }
}
