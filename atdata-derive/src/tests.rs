//! Snapshots: the expansion as text, so that a change of it is reviewed, and the rules that it keeps.

use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, DeriveInput};

const PHOTO: &str = r#"
    /// A labelled photograph.
    #[packable(version = "1.2.0")]
    pub struct Photo {
        /// Pixels.
        #[packable(shape = [224, 224, _], dims = ["height", "width", "channel"])]
        pub image: Array3<u8>,
        pub label: String,
        pub confidence: Option<f64>,
        #[packable(default = "en".to_owned())]
        pub language: String,
        #[packable(skip)]
        cache: Vec<u8>,
    }
"#;

const PLAIN: &str = "struct Plain { a: String, b: i64, c: f64, d: Vec<u8>, e: bool }";

const PADDED: &str =
    "struct Sentence { #[packable(pad)] tokens: Vec<i64>, #[packable(pad = -100)] labels: Array1<i32> }";

const SPLIT: &str = r#"
    #[packable(rename_all = "snake_case")]
    pub enum Split {
        Train,
        #[packable(rename = "dev")]
        Validation,
        r#Final,
    }
"#;

const CELSIUS: &str = "struct Celsius(f64);";

const CONVERTED: &str = r#"
    struct Lap {
        #[packable(with = times::millis, alias = ["length", "time"], default = Duration::ZERO)]
        duration: Duration,
    }
"#;

const FLAT: &str = r"
    struct Shot {
        id: i64,
        #[packable(flatten)]
        camera: camera::Camera,
        #[packable(cast)]
        focus: Array1<f32>,
    }
";

const OTHER: &str = "enum Split { Train, Test, #[packable(other)] Unknown(String) }";

const BORROWED: &str = "struct TextRef<'a> { text: &'a str, label: i64 }";

const VIEW: &str = r#"
    #[packable(view_of = archive::Photo)]
    pub struct Labelled {
        #[packable(from = "label")]
        pub title: String,
        pub confidence: Option<f64>,
    }
"#;

const ASKED: &str = r"
    #[packable(query = AskedFields)]
    pub struct Asked {
        pub label: String,
        r#type: Option<f64>,
        #[packable(with = times::millis)]
        pub(crate) length: Duration,
        #[packable(flatten)]
        pub place: Place,
    }
";

const MEMBERS: &str = r#"
    #[packable(layout = "members", path = "{split}/{id}", allow_unknown)]
    struct Member {
        split: String,
        id: i64,
        #[packable(member = "jpg|jpeg")]
        image: Vec<u8>,
        #[packable(member = "csv", codec = Csv)]
        points: Vec<f64>,
    }
"#;

/// The record is one of those of the library's tests; paths begin where this crate's manifest is.
#[cfg(feature = "records")]
const RECORDED: &str = r#"
    #[packable(schema = "../atdata/tests/records/photo.json", allow_unknown)]
    struct PhotoRef<'a> {
        #[packable(dims = ["height", "width", "channel"])]
        image: ArrayRef<'a, u8, Ix3>,
        label: &'a str,
    }
"#;
const LENS_ARGS: &str = "put = relabel, name = \"label\", version = \"1.1.0\", laws(sources = photos)";

const LENS: &str = r"
    /// Only the label.
    #[cfg(any(unix, windows))]
    #[inline]
    pub fn simplify(src: &Photo) -> Simplified {
        Simplified { label: src.label.clone() }
    }
";

const THROUGH: &str = "fn upper(src: &DictSample) -> DictSample { src.clone() }";

fn input(source: &str) -> DeriveInput {
    crate::self_type::named(syn::parse_str(source).expect("the input is Rust"))
}

fn expand(source: &str) -> syn::File {
    let input = input(source);
    let is_sample = matches!(&input.data, syn::Data::Struct(data) if matches!(data.fields, syn::Fields::Named(_)));
    let expansion = if is_sample { crate::packable(&input) } else { crate::pack_field(&input) };
    syn::parse2(expansion).expect("the expansion is Rust")
}

fn expand_lens(args: &str, source: &str) -> syn::File {
    let tokens = |text: &str| text.parse().expect("the input is Rust");
    syn::parse2(crate::lens::lens(tokens(args), &tokens(source))).expect("the expansion is Rust")
}

/// The expansion, formatted; the version of the hidden module left out, for it changes with each release.
fn formatted(expansion: &syn::File) -> String {
    let version = format!("__private_{}", env!("CARGO_PKG_VERSION").replace('.', "_"));
    prettyplease::unparse(expansion).replace(&version, "__private")
}

/// Compares with the committed file, or writes it where `BLESS` is set.
#[track_caller]
fn assert_expected(name: &str, expansion: &syn::File) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/expected").join(name);
    let found = formatted(expansion);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &found).expect("the file is writable");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == found, "{name} differs; look at what `BLESS=1 cargo test -p atdata-derive` changes:\n{found}");
}

#[test]
fn expansions_are_as_committed() {
    assert_expected("photo.rs", &expand(PHOTO));
    assert_expected("plain.rs", &expand(PLAIN));
    assert_expected("padded.rs", &expand(PADDED));
    assert_expected("borrowed.rs", &expand(BORROWED));
    assert_expected("view.rs", &expand(VIEW));
    assert_expected("asked.rs", &expand(ASKED));
    assert_expected("members.rs", &expand(MEMBERS));
    assert_expected("enum.rs", &expand(SPLIT));
    assert_expected("converted.rs", &expand(CONVERTED));
    assert_expected("flatten.rs", &expand(FLAT));
    assert_expected("other.rs", &expand(OTHER));
    assert_expected("newtype.rs", &expand(CELSIUS));
    assert_expected("lens.rs", &expand_lens(LENS_ARGS, LENS));
    assert_expected("through.rs", &expand_lens("through_only", THROUGH));
}

#[cfg(feature = "records")]
#[test]
fn a_record_is_in_the_expansion_as_constants() {
    assert_expected("recorded.rs", &expand(RECORDED));
}

// What stands in for records without the feature, which the library turns on in these tests.
#[cfg(not(feature = "records"))]
use crate::record as absent;
#[cfg(feature = "records")]
#[allow(dead_code, reason = "its one function that does anything is tested")]
#[path = "record/absent.rs"]
mod absent;

#[test]
fn a_record_needs_a_feature() {
    let ctxt = crate::ctxt::Ctxt::default();
    let path = crate::attr::At { value: "photo.json".to_owned(), span: proc_macro2::Span::call_site() };
    assert!(absent::Record::read(&ctxt, &path, "Photo", None).is_none());
    let error = ctxt.finish().unwrap_err().to_string();
    assert!(error.starts_with("`schema` needs the feature `records` of atdata"), "{error}");
}

/// Twice the fields are twice the lines, and no field brings more than sixteen.
#[test]
fn expansions_grow_with_the_width() {
    let lines = |fields: usize| {
        let fields = (0..fields).map(|field| format!("field_{field}: i64,")).collect::<Vec<_>>().join("\n");
        formatted(&expand(&format!("struct Wide {{ {fields} }}"))).lines().count()
    };
    let (narrow, wide, wider) = (lines(100), lines(200), lines(300));
    assert!(wider - wide <= wide - narrow + 100 && wide - narrow <= 1600, "{narrow}, {wide} and {wider} lines");
}

#[test]
fn expansions_stay_small() {
    for (source, limit) in [(PHOTO, 145), (PLAIN, 87), (BORROWED, 55), (SPLIT, 40), (CELSIUS, 45), (VIEW, 135)] {
        let lines = formatted(&expand(source)).lines().count();
        assert!(lines <= limit, "{lines} lines, where {limit} were enough");
    }
    for (args, source, limit) in [(LENS_ARGS, LENS, 110), ("through_only", THROUGH, 70)] {
        let lines = formatted(&expand_lens(args, source)).lines().count();
        assert!(lines <= limit, "{lines} lines, where {limit} were enough");
    }
}

/// Names that the user wrote, and the batch type.
fn user_names(tokens: TokenStream, names: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => names.push(ident.to_string()),
            TokenTree::Group(group) => user_names(group.stream(), names),
            _ => {}
        }
    }
}

struct Hygiene {
    user: Vec<String>,
    complaints: Vec<String>,
}

impl<'ast> Visit<'ast> for Hygiene {
    /// Attributes are resolved by the compiler, but for `derive`, whose paths are looked at below.
    fn visit_attribute(&mut self, attr: &'ast Attribute) {
        if attr.path().is_ident("derive") {
            let paths = attr
                .parse_args_with(syn::punctuated::Punctuated::<syn::Path, syn::Token![,]>::parse_terminated)
                .expect("derive takes paths");
            for path in &paths {
                self.check(path);
            }
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.check(path);
        visit::visit_path(self, path);
    }

    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        let name = pat.ident.to_string();
        if !name.starts_with("__") && !self.user.contains(&name) {
            self.complaints.push(format!("local `{}`", pat.ident));
        }
    }
}

impl Hygiene {
    fn check(&mut self, path: &syn::Path) {
        let Some(first) = path.segments.first() else { return };
        let name = first.ident.to_string();
        let known = path.leading_colon.is_some()
            || name.starts_with("__")
            || matches!(&*name, "Self" | "self")
            || self.user.contains(&name);
        // A crate of types may have no `std`.
        if !known || (path.leading_colon.is_some() && name == "std" && !self.user.contains(&name)) {
            self.complaints.push(format!("relative path `{name}`"));
        }
        if name == "Self" && path.segments.len() > 1 {
            self.complaints.push("unqualified associated item of `Self`".to_owned());
        }
    }
}

#[test]
fn expansions_name_nothing_relative() {
    let derived = [PHOTO, PLAIN, PADDED, CONVERTED, FLAT, BORROWED, SPLIT, OTHER, CELSIUS, VIEW, MEMBERS, ASKED]
        .map(|source| (source.to_owned(), expand(source)));
    let lenses = [(LENS_ARGS, LENS), ("through_only", THROUGH)]
        .map(|(args, source)| (format!("{args} {source}"), expand_lens(args, source)));
    for (source, expansion) in derived.into_iter().chain(lenses) {
        let mut user = Vec::new();
        user_names(source.parse().expect("the input is Rust"), &mut user);
        user.extend(
            [
                "PhotoBatch",
                "PlainBatch",
                "LapBatch",
                "ShotBatch",
                "LabelledBatch",
                "MemberBatch",
                "SentenceBatch",
                "AskedBatch",
            ]
            .map(ToOwned::to_owned),
        );
        let mut hygiene = Hygiene { user, complaints: Vec::new() };
        hygiene.visit_file(&expansion);
        assert!(hygiene.complaints.is_empty(), "{:#?}", hygiene.complaints);
    }
}

#[test]
fn all_errors_come_at_once_beside_impls_that_satisfy_the_rest() {
    let source = "#[packable(version = \"1\", nam = \"x\")] struct Bad { #[packable(rename = \"\")] a: i64, b: &str }";
    let text = crate::packable(&input(source)).to_string();
    assert_eq!(text.matches("compile_error").count(), 4, "{text}");
    assert!(text.contains("Packable for Bad"), "{text}");
}

#[test]
fn errors_of_a_lens_come_at_once_beside_a_lens_that_satisfies_the_rest() {
    let source = "async fn bad(src: Photo) -> Label { todo!() }";
    let text = crate::lens::lens("nam = 1, laws".parse().expect("Rust"), &source.parse().expect("Rust")).to_string();
    assert_eq!(text.matches("compile_error").count(), 4, "{text}");
    assert!(text.contains("Lens for bad") && text.contains("ViewOf < Photo > for Label"), "{text}");
}
