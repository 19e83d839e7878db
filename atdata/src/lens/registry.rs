//! The registry: the lenses that are linked into the program.

use std::fmt;

use atdata_schema::{LensRecord, Schema, SchemaReference, Transformation};

use crate::error::Result;
use crate::lens::{Lens, PutLens};
use crate::sample::{DictSample, Packable};

/// A lens between two types of this program, found at run time.
///
/// `#[lens]` and `#[packable(view_of = Source)]` make one each; [`registered`] lists them.
pub struct LensEntry {
    name: &'static str,
    version: &'static str,
    module_path: &'static str,
    source: &'static Schema,
    view: &'static Schema,
    description: Option<&'static str>,
    mapping: Option<&'static [(&'static str, &'static str)]>,
    get: Get,
    put: Option<Put>,
}

type Get = fn(&DictSample) -> Result<DictSample>;
type Put = fn(&DictSample, &DictSample) -> Result<DictSample>;

inventory::collect!(LensEntry);

impl LensEntry {
    /// For the macro alone.
    #[doc(hidden)]
    pub const fn new(
        (name, version, module_path): (&'static str, &'static str, &'static str),
        (source, view): (&'static Schema, &'static Schema),
        description: Option<&'static str>,
        mapping: Option<&'static [(&'static str, &'static str)]>,
        get: Get,
        put: Option<Put>,
    ) -> Self {
        Self { name, version, module_path, source, view, description, mapping, get, put }
    }

    /// The function, or the view's type, unless its attribute says otherwise.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Semantic version, `major.minor.patch`.
    pub fn version(&self) -> &'static str {
        self.version
    }

    /// The module that it is in, `my_crate::lenses`.
    pub fn module_path(&self) -> &'static str {
        self.module_path
    }

    /// The type that it starts from.
    pub fn source(&self) -> &'static Schema {
        self.source
    }

    /// The type that it leads to.
    pub fn view(&self) -> &'static Schema {
        self.view
    }

    /// What is written above it.
    pub fn description(&self) -> Option<&'static str> {
        self.description
    }

    /// The fields of the source and those of the view that show them, if it is a declared view.
    pub fn mapping(&self) -> Option<&'static [(&'static str, &'static str)]> {
        self.mapping
    }

    /// Whether it leads back as well.
    pub fn can_put(&self) -> bool {
        self.put.is_some()
    }

    /// The view of a sample, which is read as the source type.
    ///
    /// # Errors
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) if it is not of that type.
    pub fn get(&self, source: &DictSample) -> Result<DictSample> {
        (self.get)(source)
    }

    /// The source with its part that the view shows replaced by `view`; `None` if the lens reads only.
    pub fn put(&self, view: &DictSample, source: &DictSample) -> Option<Result<DictSample>> {
        self.put.map(|put| put(view, source))
    }

    /// The record to store it with, without the time that it is made: a field mapping for a declared view, a reference to
    /// the Rust function otherwise.
    ///
    /// It names the types with their versions, `Photo@1.0.0`. Python looks for lenses by the very text: set
    /// [`source_schema`](LensRecord::source_schema) and [`view_schema`](LensRecord::view_schema) to bare names where it
    /// should find them by those.
    pub fn to_record(&self) -> LensRecord {
        let schema = |schema: &Schema| format!("{}@{}", schema.name, schema.version);
        let record = LensRecord::new(self.name, self.version, schema(self.source), schema(self.view));
        let record = record.described(self.description.unwrap_or_default());
        let function = || Transformation::rust(self.module_path, self.name);
        match self.mapping {
            Some(mapping) => record.with_fields(mapping.iter().copied()),
            None if self.can_put() => record.with_getter(function()).with_putter(function()),
            None => record.with_getter(function()),
        }
    }

    /// Whether it is what the record means: of its version, and between its types as far as the record says which. Where
    /// a type is published is not known here.
    pub(crate) fn is_meant_by(&self, record: &LensRecord) -> bool {
        let is = |schema: &Schema, text: &str| {
            let published = ["at://", "@"].iter().any(|start| text.starts_with(start))
                || (text.starts_with("atdata://") && !text.starts_with("atdata://local/"));
            published || SchemaReference::local(schema.name, schema.version).is_meant_by(text)
        };
        self.version == record.version && is(self.source, &record.source_schema) && is(self.view, &record.view_schema)
    }

    fn leads(&self, source: &str, view: &str) -> bool {
        let is = |schema: &Schema, text| SchemaReference::local(schema.name, schema.version).is_meant_by(text);
        is(self.source, source) && is(self.view, view)
    }
}

impl fmt::Debug for LensEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, version, module_path, source, view, .. } = self;
        write!(f, "LensEntry({module_path}::{name}@{version}: {} -> {})", source.name, view.name)
    }
}

/// The lenses of this program and the libraries in it, by module and name.
///
/// ```
/// for lens in atdata::lens::registered() {
///     println!("{}: {} -> {}", lens.name(), lens.source(), lens.view());
/// }
/// ```
pub fn registered() -> impl Iterator<Item = &'static LensEntry> {
    let mut entries: Vec<&'static LensEntry> = inventory::iter::<LensEntry>.into_iter().collect();
    // The linker's order is no order.
    entries.sort_by_key(|entry| (entry.module_path, entry.name, entry.view.name));
    entries.into_iter()
}

/// The registered lenses from one type to another, each given by its name, as `Name@version`, or by a reference to it in
/// any spelling.
pub fn find(source: &str, view: &str) -> impl Iterator<Item = &'static LensEntry> {
    registered().filter(move |entry| entry.leads(source, view))
}

/// The type of that name, if a registered lens leads from or to one. A bare name may mean any version, so that it counts
/// only where there is one.
pub(crate) fn schema_of(text: &str) -> Option<&'static Schema> {
    let is_it = |schema: &&Schema| SchemaReference::local(schema.name, schema.version).is_meant_by(text);
    let mut found = registered().flat_map(|entry| [entry.source, entry.view]).filter(is_it);
    let first = found.next()?;
    found.all(|other| other.version == first.version).then_some(first)
}

/// The lenses of functions of that name in a module: there may be several, in functions of their own or of several views.
pub(crate) fn functions(module_path: &str, name: &str) -> impl Iterator<Item = &'static LensEntry> {
    registered().filter(move |entry| (entry.module_path, entry.name) == (module_path, name))
}

/// A lens between samples without a type, by way of its types.
#[doc(hidden)]
pub fn get_erased<S: Packable, V: Packable>(
    lens: &impl Lens<Source = S, View = V>,
    source: &DictSample,
) -> Result<DictSample> {
    DictSample::from_sample(&lens.get_owned(source.to()?))
}

#[doc(hidden)]
pub fn put_erased<S: Packable, V: Packable>(
    lens: &impl PutLens<Source = S, View = V>,
    view: &DictSample,
    source: &DictSample,
) -> Result<DictSample> {
    DictSample::from_sample(&lens.put(&view.to()?, &source.to()?))
}
