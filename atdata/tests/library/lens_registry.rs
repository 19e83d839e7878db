//! Lenses of the program, found at run time: registered as the macros do it, in a crate that allows nothing.
#![forbid(unsafe_code)]
#![deny(warnings, clippy::pedantic, missing_docs, unused_qualifications)]
#![allow(clippy::unwrap_used, reason = "these are tests")]

use atdata::lens::{Lens, LensEntry, PutLens, RecordLens, find, registered};
use atdata::schema::{LensRecord, OwnedField, OwnedFieldType, OwnedSchema, Transformation};
use atdata::{__private_0_1_0 as __p, DictSample, ErrorKind, Packable, Value};

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(version = "1.2.0")]
struct Article {
    title: String,
    body: String,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Headline {
    text: String,
}

/// As `#[lens(put = …)]` writes it for a function of that name.
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
struct shout;

impl Lens for shout {
    type Source = Article;
    type View = Headline;

    fn get(&self, source: &Article) -> Headline {
        Headline { text: source.title.to_uppercase() }
    }
}

impl PutLens for shout {
    fn put(&self, view: &Headline, source: &Article) -> Article {
        Article { title: view.text.to_lowercase(), body: source.body.clone() }
    }
}

__p::register_lens! {
    name: "shout",
    version: "2.0.0",
    module: ::core::module_path!(),
    lens: shout,
    source: Article,
    view: Headline,
    description: Some("The title, loud."),
    put: true,
}

mod others {
    use atdata::lens::{FnLens, from_fn};

    use super::{__p, Article, Headline};

    const LENGTH: FnLens<Article, Headline, fn(&Article) -> Headline> =
        from_fn(|article| Headline { text: article.body.len().to_string() });

    __p::register_lens! {
        name: "length", version: "1.0.0", module: module_path!(), lens: LENGTH, source: Article, view: Headline,
        description: None, put: false
    }

    // A declared view: the mapping is what is stored.
    __p::register_lens! {
        name: "Headline", version: "1.0.0", module: module_path!(), lens: super::shout, source: Article, view: Headline,
        description: None, mapping: &[("title", "text")], put: true,
    }
}

/// Those of this module; others register lenses, too.
fn own() -> impl Iterator<Item = &'static LensEntry> {
    registered().filter(|entry| entry.module_path().starts_with(module_path!()))
}

fn named(name: &str) -> &'static LensEntry {
    own().find(|entry| entry.name() == name).unwrap()
}

fn article() -> Article {
    Article { title: "cats".to_owned(), body: "…".to_owned() }
}

#[test]
fn all_lenses_are_listed_by_module_and_name() {
    let names: Vec<_> = own().map(|entry| (entry.module_path(), entry.name())).collect();
    let expected = [
        ("library::lens_registry", "Spoken"),
        ("library::lens_registry", "shout"),
        ("library::lens_registry::others", "Headline"),
        ("library::lens_registry::others", "length"),
    ];
    assert_eq!(names, expected);
    let entry = named("shout");
    assert_eq!((entry.source(), entry.view()), (Article::SCHEMA, Headline::SCHEMA));
    assert_eq!((entry.description(), entry.mapping(), entry.can_put()), (Some("The title, loud."), None, true));
    assert!(!named("length").can_put());
    assert_eq!(format!("{entry:?}"), "LensEntry(library::lens_registry::shout@2.0.0: Article -> Headline)");
}

#[test]
fn a_lens_is_found_by_what_its_types_are_called() {
    let count = |source: &str, view: &str| find(source, view).count();
    assert_eq!(count("Article", "Headline"), 5);
    assert_eq!(count("Article@1.2.0", "atdata://local/schema/Headline@1.0.0"), 5);
    assert_eq!(count("Article@1.2.1", "Headline"), 0);
    assert_eq!(count("Headline", "Article"), 0);
}

#[test]
fn a_registered_lens_works_on_samples_without_a_type() {
    let source = DictSample::from_sample(&article()).unwrap();
    let view = named("shout").get(&source).unwrap();
    assert_eq!(view.to::<Headline>().unwrap(), Headline { text: "CATS".to_owned() });
    let put = named("shout").put(&[("text", "DOGS")].into_iter().collect(), &source).unwrap().unwrap();
    assert_eq!(put.to::<Article>().unwrap(), Article { title: "dogs".to_owned(), ..article() });
    assert!(named("length").put(&view, &source).is_none());
    let error = named("shout").get(&view).unwrap_err();
    assert_eq!((error.kind(), error.field_path().as_str()), (ErrorKind::SchemaMismatch, "Article"));
}

#[test]
fn a_record_leads_back_to_the_function() {
    let record = named("shout").to_record().created_at("2026-03-01T12:00:00+00:00");
    let text = "{\"name\": \"shout\", \"version\": \"2.0.0\", \"source_schema\": \"Article@1.2.0\", \"view_schema\": \
                \"Headline@1.0.0\", \"getter\": {\"kind\": \"code_reference\", \"module\": \"rust:library::lens_registry\", \
                \"qualname\": \"shout\"}, \"putter\": {\"kind\": \"code_reference\", \"module\": \"rust:library::lens_registry\", \
                \"qualname\": \"shout\"}, \"created_at\": \"2026-03-01T12:00:00+00:00\", \"description\": \"The title, \
                loud.\"}";
    assert_eq!(record.to_local_json(), text);
    let lens = RecordLens::load(LensRecord::parse(text).unwrap()).unwrap();
    let source = DictSample::from_sample(&article()).unwrap();
    let view = lens.get(&source).unwrap();
    assert_eq!(view, [("text", "CATS")].into_iter().collect());
    assert_eq!(lens.put(&view, &source).unwrap(), source);
}

#[test]
fn a_declared_view_is_stored_as_its_mapping() {
    let record = named("Headline").to_record();
    assert_eq!(record.getter.as_fields().unwrap().len(), 1);
    let lens = RecordLens::load(record).unwrap();
    let view = lens.get(&DictSample::from_sample(&article()).unwrap()).unwrap();
    assert_eq!(view, [("text", "cats")].into_iter().collect());
}

#[test]
fn a_function_that_is_not_here_or_does_not_put_is_told() {
    let record = || named("length").to_record();
    assert_eq!(record().putter, Transformation::Opaque);
    let source = DictSample::from_sample(&article()).unwrap();
    let lens = RecordLens::load(record()).unwrap();
    let view = lens.get(&source).unwrap();
    assert_eq!(view, [("text", "3")].into_iter().collect());
    assert_eq!(lens.put(&view, &source).unwrap_err().kind(), ErrorKind::Unsupported);

    let put = Transformation::rust("library::lens_registry::others", "length");
    let error = RecordLens::load(record().with_putter(put)).unwrap().put(&view, &source).unwrap_err();
    let message = "the lens \"length@1.0.0\" reads only: `library::lens_registry::others::length` has no putter; write \
                   `#[lens(put = function)]`";
    assert_eq!((error.to_string().as_str(), error.kind()), (message, ErrorKind::Unsupported));

    let error = RecordLens::load(record().with_getter(Transformation::rust("elsewhere", "gone"))).unwrap_err();
    let message = "the getter of the lens \"length@1.0.0\" is the Rust function `elsewhere::gone`, which is not in this \
                   program; link the crate that has it, and use something of it so that the linker keeps it";
    assert_eq!((error.to_string().as_str(), error.kind()), (message, ErrorKind::NotFound));

    let error = RecordLens::load(named("shout").to_record().with_putter(Transformation::FieldMapping(vec![])));
    assert_eq!(error.unwrap().put(&view, &source).unwrap_err().kind(), ErrorKind::InvalidInput);
}

/// The function may have changed since: another version of it is another lens, and so is one between other types.
#[test]
fn a_record_runs_no_other_version_than_its_own() {
    let other = |change: &dyn Fn(&mut LensRecord)| {
        let mut record = named("shout").to_record();
        change(&mut record);
        RecordLens::load(record).map(|_| ()).map_err(|error| (error.kind(), error.to_string()))
    };
    let message = format!(
        "is the Rust function `{}::shout`, which is not in this program; what has that name here is of another version, or \
         leads between other types",
        module_path!()
    );
    let changes: [&dyn Fn(&mut LensRecord); 3] = [
        &|record| record.version = "1.0.0".to_owned(),
        &|record| record.source_schema = "Article@1.1.0".to_owned(),
        &|record| record.view_schema = "atdata://local/schema/Title@1.0.0".to_owned(),
    ];
    for change in changes {
        let (kind, text) = other(change).unwrap_err();
        assert!(kind == ErrorKind::NotFound && text.ends_with(&message), "{text}");
    }
    // Where types are published, the record does not say what they are called.
    other(&|record| record.source_schema = "at://did:plc:abc/science.alt.dataset.schema/3k2a".to_owned()).unwrap();
    other(&|record| record.view_schema = "Headline".to_owned()).unwrap();
}

mod twice {
    use atdata::lens::{FnLens, from_fn};

    use super::{__p, Article, Headline};

    const ONE: FnLens<Article, Headline, fn(&Article) -> Headline> =
        from_fn(|article| Headline { text: article.title.clone() });
    const OTHER: FnLens<Article, Headline, fn(&Article) -> Headline> =
        from_fn(|article| Headline { text: article.body.clone() });

    __p::register_lens! {
        name: "same", version: "1.0.0", module: "two::lenses", lens: ONE, source: Article, view: Headline,
        description: None, put: false
    }
    __p::register_lens! {
        name: "same", version: "1.0.0", module: "two::lenses", lens: OTHER, source: Article, view: Headline,
        description: None, put: false
    }
}

/// Which of them runs is not decided by the linker.
#[test]
fn a_record_that_means_two_lenses_runs_neither() {
    let entry = registered().find(|entry| entry.module_path() == "two::lenses").unwrap();
    let error = RecordLens::load(entry.to_record()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("of which there are several in this program"), "{error}");
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Page {
    title: String,
    note: Option<String>,
    #[packable(default = "en".to_owned())]
    language: String,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(view_of = Page)]
struct Spoken {
    note: Option<String>,
    language: String,
}

/// The typed lens reads such a sample, so the stored one does.
#[test]
fn a_mapping_fills_in_what_the_type_does() {
    let lens = RecordLens::load(named("Spoken").to_record()).unwrap();
    let page: DictSample = [("title", "Cats")].into_iter().collect();
    let view = lens.get(&page).unwrap();
    assert_eq!(view.to::<Spoken>().unwrap(), Spoken::LENS.get(&page.to::<Page>().unwrap()));
    assert_eq!(view.get("language").unwrap().as_str(), Some("en"));

    let mut other = named("Spoken").to_record();
    other.source_schema = "Unheard@1.0.0".to_owned();
    other.view_schema = "at://did:plc:abc/science.alt.dataset.schema/3k2a".to_owned();
    let lens = RecordLens::load(other).unwrap();
    assert_eq!(lens.get(&page).unwrap_err().kind(), ErrorKind::SchemaMismatch);
    // Of a type that is in no program the schema tells.
    let lens = lens.with_source_schema(OwnedSchema::from(Page::SCHEMA));
    assert_eq!(lens.get(&page).unwrap(), view);
    let error = lens.put(&DictSample::new(), &page).unwrap_err();
    assert!(error.to_string().contains("from the view"), "{error}");
    let view_schema = OwnedSchema::new(
        "Spoken",
        "1.0.0",
        vec![
            OwnedField::new("note", OwnedFieldType::Str).optional(true),
            OwnedField::new("language", OwnedFieldType::Str).default_value("de"),
        ],
    );
    let put = lens.with_view_schema(view_schema).put(&DictSample::new(), &page).unwrap();
    assert_eq!(put.get("language").and_then(Value::as_str), Some("de"));
}
