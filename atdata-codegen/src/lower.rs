//! Lowering, from records to types: every schema, nested or not, becomes a draft; references become the drafts they
//! lead to.

use atdata_schema::{OwnedArrayType, OwnedField, OwnedFieldType, OwnedSchema, SchemaReference, SchemaTarget};

use crate::config::Config;
use crate::error::Problem;
use crate::model::{ArrayTy, Ty, TypeId};
use crate::place::{Place, Step};
use crate::selector::{Key, key_of};
use crate::source::Source;

/// So many lists, maps and nulls may be around one another: the compiler's recursion has a limit, of which each takes a
/// few steps.
const DEEPEST: usize = 16;

/// A schema of which a type is to be made. References to samples are places in the list of drafts.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub(crate) source: usize,
    pub(crate) schema: &'a OwnedSchema,
    pub(crate) key: Key<'a>,
    /// The type and field that it is nested in; `None` for the schema of a record.
    pub(crate) within: Option<(&'a str, &'a str)>,
    pub(crate) fields: Vec<DraftField<'a>>,
}

#[derive(Debug)]
pub(crate) struct DraftField<'a> {
    pub(crate) field: &'a OwnedField,
    pub(crate) ty: Ty,
}

/// The drafts of all records: first one for each source, in their order, then those of nested samples.
pub(crate) fn lower<'a>(sources: &[&'a Source], config: &Config, problems: &mut Vec<Problem>) -> Vec<Draft<'a>> {
    let mut lower = Lower { sources, config, problems, drafts: Vec::new() };
    for (index, source) in sources.iter().enumerate() {
        lower.reserve(index, &source.record.schema, None);
    }
    for (index, source) in sources.iter().enumerate() {
        lower.schema(index, &source.record.schema, &Place::ROOT, None);
    }
    lower.drafts
}

/// The number of lists, maps and nulls around what is in them.
fn layers(of: &OwnedFieldType) -> usize {
    match of {
        OwnedFieldType::List(inner) | OwnedFieldType::Map(inner) | OwnedFieldType::Nullable(inner) => 1 + layers(inner),
        _ => 0,
    }
}

/// The schemas around the one at hand.
#[derive(Clone, Copy)]
struct Outer<'b> {
    draft: TypeId,
    parent: Option<&'b Outer<'b>>,
}

struct Lower<'a, 'b> {
    sources: &'b [&'a Source],
    config: &'b Config,
    problems: &'b mut Vec<Problem>,
    drafts: Vec<Draft<'a>>,
}

/// A field of a schema, while its type is looked at.
#[derive(Clone, Copy)]
struct At<'a, 'b> {
    source: usize,
    key: Key<'a>,
    field: &'a OwnedField,
    outer: Outer<'b>,
}

impl<'a> Lower<'a, '_> {
    fn reserve(&mut self, source: usize, schema: &'a OwnedSchema, within: Option<(&'a str, &'a str)>) -> TypeId {
        let authority = self.sources.get(source).and_then(|source| source.authority.as_deref());
        let key = Key { authority, name: &schema.name, version: &schema.version };
        self.drafts.push(Draft { source, schema, key, within, fields: Vec::new() });
        self.drafts.len() - 1
    }

    /// Fills the draft in.
    fn schema(&mut self, id: TypeId, schema: &'a OwnedSchema, place: &Place<'_>, parent: Option<&Outer<'_>>) {
        let Some(draft) = self.drafts.get(id) else { return };
        let (source, key) = (draft.source, draft.key);
        if schema.fields.is_empty() {
            self.unexpected(source, place, "at least one field", "none");
        }
        let outer = Outer { draft: id, parent };
        let mut fields = Vec::with_capacity(schema.fields.len());
        for field in &schema.fields {
            let place = place.step(Step::Field(&field.name));
            if field.name.len() > 255 {
                let found = format!("{} bytes", field.name.len());
                self.unexpected(source, &place, "a name of at most 255 bytes", &found);
            }
            let ty = match self.config.replacement_of(key, Some(&field.name)) {
                Some(by) => Ty::Given(by),
                None if layers(&field.field_type) > DEEPEST => {
                    let expected = format!("at most {DEEPEST} lists, maps and nulls around one another");
                    self.unexpected(source, &place, &expected, "more");
                    Ty::Anything
                }
                None => self.field_type(&field.field_type, &place, At { source, key, field, outer }),
            };
            fields.push(DraftField { field, ty });
        }
        if let Some(draft) = self.drafts.get_mut(id) {
            draft.fields = fields;
        }
    }

    fn field_type(&mut self, of: &'a OwnedFieldType, place: &Place<'_>, at: At<'a, '_>) -> Ty {
        let mut inner = |of: &'a OwnedFieldType| Box::new(self.field_type(of, &place.step(Step::Inner), at));
        match of {
            OwnedFieldType::Str => Ty::Text,
            OwnedFieldType::Int => Ty::Int,
            OwnedFieldType::Float => Ty::Float,
            OwnedFieldType::Bool => Ty::Truth,
            OwnedFieldType::Bytes => at.field.image.clone().map_or(Ty::Bytes, Ty::Image),
            OwnedFieldType::Enum(values) => Ty::Enum(values.clone()),
            OwnedFieldType::Any => Ty::Anything,
            OwnedFieldType::Array(array) => Ty::Array(self.array(array, place, at)),
            OwnedFieldType::Structured(array) => Ty::Structured(self.array(array, place, at)),
            OwnedFieldType::Sparse => Ty::Sparse,
            OwnedFieldType::ArrowTensor => Ty::ArrowTensor,
            OwnedFieldType::Safetensors => Ty::Safetensors,
            OwnedFieldType::DataFrame => Ty::DataFrame,
            OwnedFieldType::List(element) => Ty::List(inner(element)),
            OwnedFieldType::Map(value) => Ty::Map(inner(value)),
            // Any value may be null.
            OwnedFieldType::Nullable(value) if **value == OwnedFieldType::Any => Ty::Anything,
            OwnedFieldType::Nullable(value) => Ty::Nullable(Box::new(self.field_type(value, place, at))),
            OwnedFieldType::Sample(schema) => self.sample(schema, place, at),
            OwnedFieldType::Ref(reference) => self.reference(reference, place, at),
            other => {
                self.unexpected(at.source, place, "a type that this release knows", &other.to_string());
                Ty::Anything
            }
        }
    }

    fn sample(&mut self, schema: &'a OwnedSchema, place: &Place<'_>, at: At<'a, '_>) -> Ty {
        let key = Key { name: &schema.name, version: &schema.version, ..at.key };
        if let Some(by) = self.config.replacement_of(key, None) {
            return Ty::Replaced(by);
        }
        let id = self.reserve(at.source, schema, Some((at.key.name, &at.field.name)));
        self.schema(id, schema, &place.step(Step::Schema), Some(&at.outer));
        Ty::Sample(id)
    }

    fn reference(&mut self, reference: &'a SchemaReference, place: &Place<'_>, at: At<'a, '_>) -> Ty {
        if let Some(by) = key_of(reference).and_then(|key| self.config.replacement_of(key, None)) {
            return Ty::Replaced(by);
        }
        match self.around(reference, at.outer).map_or_else(|| self.record(reference, at.source), Ok) {
            Ok(id) => match self.drafts.get(id).and_then(|draft| self.config.replacement_of(draft.key, None)) {
                Some(by) => Ty::Replaced(by),
                None => Ty::Sample(id),
            },
            Err(found) => {
                let expected = format!("a schema among the records for \"{reference}\"");
                self.unexpected(at.source, place, &expected, &found);
                Ty::Anything
            }
        }
    }

    /// The nearest schema around with that name and version.
    fn around(&self, reference: &SchemaReference, outer: Outer<'_>) -> Option<TypeId> {
        let SchemaTarget::Local { name, version } = reference.target() else { return None };
        let is_it = |id: TypeId| {
            self.drafts.get(id).is_some_and(|draft| draft.key.name == *name && draft.key.version == *version)
        };
        let mut outer = Some(&outer);
        while let Some(here) = outer {
            if is_it(here.draft) {
                return Some(here.draft);
            }
            outer = here.parent;
        }
        None
    }

    /// The record that a reference leads to; its draft has its number. `Err` says what is there instead.
    fn record(&self, reference: &SchemaReference, from: usize) -> Result<TypeId, String> {
        let at_address = |source: &&Source| {
            let uri = source.uri.as_deref().and_then(|uri| uri.parse::<SchemaReference>().ok());
            uri.is_some_and(|uri| uri.target() == reference.target())
        };
        if let Some(id) = self.sources.iter().position(at_address) {
            return Ok(id);
        }
        let same_authority =
            |source: &Source| self.sources.get(from).is_some_and(|from| from.authority == source.authority);
        let candidates: Vec<TypeId> = match reference.target() {
            SchemaTarget::Local { name, version } => {
                let named = |source: &Source| source.key().name == name && source.key().version == version;
                let near = self.all(|source| named(source) && same_authority(source));
                if near.is_empty() { self.all(named) } else { near }
            }
            SchemaTarget::Published { authority, name, version } => {
                let wanted = |source: &Source| {
                    let key = source.key();
                    key.name == name
                        && source.is_of(authority)
                        && version.as_deref().is_none_or(|version| version == key.version)
                };
                // Sources are in the order of their versions.
                self.all(wanted).into_iter().next_back().into_iter().collect()
            }
            _ => Vec::new(),
        };
        match candidates.as_slice() {
            [only] => Ok(*only),
            [] => Err("none; add its record, or give a type for it with `Config::replace`".to_owned()),
            several if self.all_alike(several) => several.first().copied().ok_or_else(String::new),
            several => Err(format!("{} that differ; refer to one by its authority", several.len())),
        }
    }

    fn all(&self, is_it: impl Fn(&Source) -> bool) -> Vec<TypeId> {
        (0..).zip(self.sources).filter(|(_, source)| is_it(source)).map(|(id, _)| id).collect()
    }

    fn all_alike(&self, ids: &[TypeId]) -> bool {
        let mut schemas = ids.iter().filter_map(|id| self.sources.get(*id)).map(|source| &source.record.schema);
        let first = schemas.next();
        schemas.all(|schema| Some(schema) == first)
    }

    fn array(&mut self, array: &OwnedArrayType, place: &Place<'_>, at: At<'_, '_>) -> ArrayTy {
        let may_be_unsaid = array.may_be_unsaid();
        let mut array = ArrayTy::from(array);
        if array.dims.is_some() && array.shape.is_none() {
            array.shape = array.dims.as_ref().map(|dims| vec![None; dims.len()]);
        }
        if array.shape.as_ref().is_some_and(|shape| shape.len() > 64) {
            self.unexpected(at.source, place, "at most 64 dimensions", "more");
        }
        if let Some(dims) = &array.dims {
            let is_twice = |(index, name): (usize, &String)| dims.iter().take(index).any(|earlier| earlier == name);
            if dims.iter().any(String::is_empty) || dims.iter().enumerate().any(is_twice) {
                let found = format!("{:?}", dims.join(", "));
                self.unexpected(at.source, place, "a name of its own for each dimension", &found);
            }
        }
        // The rule is in the documentation of the crate.
        let is_local = self.sources.get(at.source).is_some_and(|source| source.local);
        if may_be_unsaid && is_local && !self.config.trusts_float32(at.key, &at.field.name) {
            array.dtype = None;
        }
        array
    }

    fn unexpected(&mut self, source: usize, place: &Place<'_>, expected: &str, found: &str) {
        if let Some(source) = self.sources.get(source) {
            let pointer = place.pointer(&source.json, source.local);
            let found = crate::error::printable(found);
            self.problems.push(source.problem(&pointer, format!("expected {expected}, found {found}")));
        }
    }
}
