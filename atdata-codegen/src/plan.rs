//! Planning, from drafts to a package: which types there are, in which modules, and what all is called.

use std::collections::{BTreeMap, HashMap};

use atdata_schema::names::{is_schema_name, is_version};
use atdata_schema::{ManifestField, OwnedField};
use proc_macro2::TokenStream;
use quote::quote;

use crate::config::Config;
use crate::cycle;
use crate::defaults;
use crate::error::Problem;
use crate::lower::{Draft, DraftField};
use crate::merge;
use crate::model::{EnumDef, FieldDef, Module, Package, Ty, TypeDef, TypeId};
use crate::names::{self, Scope};
use crate::source::Source;
use crate::upgrade::{self, RecordType};

/// The compiler refuses what is deeper than about 128, and takes several steps for each to see what is `Send`.
const DEEPEST: usize = 32;

pub(crate) fn plan(sources: &[&Source], drafts: &[Draft<'_>], config: &Config, problems: &mut Vec<Problem>) -> Package {
    let modules = modules(sources, config);
    let chosen = choose(drafts, &modules, config);
    let (names, mut scopes) = name_types(sources, drafts, &chosen, &modules, config, problems);
    let mut types = Vec::with_capacity(chosen.drafts.len());
    let mut notes = Vec::new();
    for (id, names) in chosen.drafts.iter().zip(names) {
        let Some(draft) = drafts.get(*id) else { continue };
        let module = modules.get(draft.source).cloned().unwrap_or_default();
        let scope = scopes.entry(module.clone()).or_default();
        let source = sources.get(draft.source).copied();
        let mut notes = Notes { source, draft, found: &mut notes, problems };
        types.push(type_def(draft, module, names, scope, &chosen, config, &mut notes));
    }
    let root = tree(&types);
    let mut package = Package { types, root, notes };
    cycle::break_cycles(&mut package);
    if config.has_upgrades() {
        upgrade::fill_in(&mut package, &record_types(drafts, &chosen));
    }
    for (depth, id) in cycle::depths(&package).into_iter().zip(&chosen.drafts) {
        let outermost = drafts.get(*id).filter(|draft| depth > DEEPEST && draft.within.is_none());
        if let Some(source) = outermost.and_then(|draft| sources.get(draft.source)) {
            let expected = format!("at most {DEEPEST} samples, lists and maps inside one another");
            problems.push(source.problem("", format!("expected {expected}, found {} or more", DEEPEST + 1)));
        }
    }
    package
}

/// The types of records, in the order of the records.
fn record_types<'a>(drafts: &[Draft<'a>], chosen: &Chosen) -> Vec<RecordType<'a>> {
    let of_draft = |(id, draft): (TypeId, &usize)| {
        let draft = drafts.get(*draft).filter(|draft| draft.within.is_none())?;
        Some(RecordType { id, key: draft.key, schema: draft.schema })
    };
    chosen.drafts.iter().enumerate().filter_map(of_draft).collect()
}

/// The module of each source.
fn modules(sources: &[&Source], config: &Config) -> Vec<Vec<String>> {
    let mut namer = ModuleNamer::default();
    let path = |source: &&Source| {
        let key = source.key();
        let mut path = Vec::new();
        if config.by_authority {
            let authority = key.authority.unwrap_or("local");
            namer.step(&mut path, authority, &names::of_module(authority));
        }
        if config.by_version {
            namer.step(&mut path, key.name, &names::of_module(key.name));
            namer.step(&mut path, key.version, &names::of_version(key.version));
        }
        path
    };
    sources.iter().map(path).collect()
}

/// Gives each thing that has a module a name of its own within the module around it.
#[derive(Default)]
struct ModuleNamer {
    given: HashMap<(Vec<String>, String), String>,
    scopes: HashMap<Vec<String>, Scope>,
}

impl ModuleNamer {
    fn step(&mut self, path: &mut Vec<String>, of: &str, wanted: &str) {
        let scope = self.scopes.entry(path.clone()).or_default();
        let name = self.given.entry((path.clone(), of.to_owned())).or_insert_with(|| scope.free(wanted, "_"));
        path.push(name.clone());
    }
}

/// The drafts that become types.
struct Chosen {
    drafts: Vec<usize>,
    /// For each draft the type that it became.
    types: Vec<TypeId>,
}

/// Of all drafts in a module that mean the same, the first: that of a record, if there is one. Nested samples take the
/// type of a record elsewhere, if it is of the same authority.
fn choose(drafts: &[Draft<'_>], modules: &[Vec<String>], config: &Config) -> Chosen {
    let classes = merge::classes(drafts);
    let mut of_module: HashMap<(usize, &[String]), TypeId> = HashMap::new();
    let mut of_record: HashMap<(usize, Option<&str>), TypeId> = HashMap::new();
    let mut chosen = Chosen { drafts: Vec::new(), types: Vec::new() };
    for ((id, draft), class) in drafts.iter().enumerate().zip(classes) {
        if config.replacement_of(draft.key, None).is_some() {
            // Whatever refers to it has the type that stands for it.
            chosen.types.push(TypeId::MAX);
            continue;
        }
        let module = modules.get(draft.source).map(Vec::as_slice).unwrap_or_default();
        let record = of_record.get(&(class, draft.key.authority)).filter(|_| draft.within.is_some());
        let known = record.or_else(|| of_module.get(&(class, module))).copied();
        let ty = known.unwrap_or_else(|| {
            chosen.drafts.push(id);
            chosen.drafts.len() - 1
        });
        of_module.entry((class, module)).or_insert(ty);
        if draft.within.is_none() {
            of_record.entry((class, draft.key.authority)).or_insert(ty);
        }
        chosen.types.push(ty);
    }
    chosen
}

#[derive(Debug, Default, Clone)]
struct TypeNames {
    ident: String,
    batch: Option<String>,
}

fn name_types(
    sources: &[&Source],
    drafts: &[Draft<'_>],
    chosen: &Chosen,
    modules: &[Vec<String>],
    config: &Config,
    problems: &mut Vec<Problem>,
) -> (Vec<TypeNames>, BTreeMap<Vec<String>, Scope>) {
    let mut of_module: BTreeMap<&[String], Vec<(TypeId, &Draft<'_>)>> = BTreeMap::new();
    for (ty, draft) in chosen.drafts.iter().enumerate().filter_map(|(ty, id)| Some((ty, drafts.get(*id)?))) {
        let module = modules.get(draft.source).map(Vec::as_slice).unwrap_or_default();
        of_module.entry(module).or_default().push((ty, draft));
    }
    let mut names = vec![TypeNames::default(); chosen.drafts.len()];
    let mut scopes = BTreeMap::new();
    for (module, types) in &of_module {
        let mut scope = Scope::default();
        let mut name = |ty: TypeId, ident: String| {
            if let Some(slot) = names.get_mut(ty) {
                slot.ident = ident;
            }
        };
        // What the user says comes first, then records, then names that need no change, then the rest.
        let mut waiting = types.clone();
        waiting.retain(|(ty, draft)| match config.name_of(draft.key, None) {
            Some(own) => {
                if !scope.claim(own) {
                    problems.push(Problem::new("", "", format!("option `rename`: two types would be called `{own}`")));
                }
                name(*ty, own.to_owned());
                false
            }
            None => true,
        });
        let mut records: HashMap<&str, &Draft<'_>> = HashMap::new();
        waiting.sort_by_key(|(_, draft)| (draft.within.is_some(), names::of_type(draft.key.name) != draft.key.name));
        for (ty, draft) in waiting {
            if draft.within.is_none()
                && let Some(other) = records.insert(draft.key.name, draft)
            {
                problems.extend(twice(sources, other, draft, config));
            }
            name(ty, scope.free(&wanted(draft), ""));
        }
        for (ty, _) in types {
            let Some(slot) = names.get_mut(*ty) else { continue };
            let usual = format!("{}Batch", slot.ident);
            let batch = scope.free(&usual, "");
            slot.batch = (batch != usual).then_some(batch);
        }
        scopes.insert(module.to_vec(), scope);
    }
    (names, scopes)
}

/// Records without a name for a nested sample have it as `Unknown`.
fn wanted(draft: &Draft<'_>) -> String {
    match draft.within {
        Some((outer, field)) if draft.key.name == "Unknown" => {
            format!("{}{}", names::of_type(outer), names::of_type(field))
        }
        _ => names::of_type(draft.key.name),
    }
}

fn twice(sources: &[&Source], one: &Draft<'_>, other: &Draft<'_>, config: &Config) -> Option<Problem> {
    let [first, second] = [one, other].map(|draft| sources.get(draft.source));
    let (first, second) = (first?, second?);
    let advice = match (one.key.authority == other.key.authority, one.key.version == other.key.version) {
        (false, _) if !config.by_authority => "`Config::modules_by_authority` puts them in modules of their own",
        (_, false) if !config.by_version => "`Config::modules_by_version` puts them in modules of their own",
        (_, true) => "they say different things under one version; remove one",
        _ => "give one another name with `Config::rename`",
    };
    let name = crate::error::printable(one.key.name);
    let (version, other) = (crate::error::printable(one.key.version), crate::error::printable(other.key.version));
    let message = format!(
        "two records would be the type `{name}`: {name}@{version} in {} and this, {name}@{other}; {advice}",
        crate::error::printable(&first.file),
    );
    Some(second.problem("", message))
}

fn type_def(
    draft: &Draft<'_>,
    module: Vec<String>,
    names: TypeNames,
    scope: &mut Scope,
    chosen: &Chosen,
    config: &Config,
    notes: &mut Notes<'_>,
) -> TypeDef {
    let mut fields = fields(draft, chosen, config, notes);
    for (of, field) in draft.fields.iter().zip(&mut fields) {
        field.enumeration = of.ty.enum_values().map(|values| {
            let wanted = format!("{}{}", names.ident, names::of_type(&of.field.name));
            EnumDef {
                ident: scope.free(&wanted, ""),
                variants: variants(values),
                derives: config.enum_derives_of(draft.key, &of.field.name),
                attributes: config.enum_attributes_of(draft.key, &of.field.name),
            }
        });
    }
    let (has_name, has_version) = (is_schema_name(draft.key.name), is_version(draft.key.version));
    // A nested sample without a name has none to lose.
    if !has_name && names.ident != draft.key.name {
        notes.add("", format!("its name cannot be that of a sample type, which is called `{}`", names.ident));
    }
    if !has_version {
        let version = crate::error::printable(draft.key.version);
        notes.add("", format!("its version {version:?} is not semantic, and that of the sample type is 1.0.0"));
    }
    TypeDef {
        module,
        name: (names.ident != draft.key.name && has_name).then(|| draft.key.name.to_owned()),
        version: has_version.then(|| draft.key.version.to_owned()),
        description: draft.schema.description.clone().filter(|text| !text.trim().is_empty()),
        derives: config.derives_of(draft.key),
        attributes: config.attributes_of(draft.key),
        members: draft.schema.layout.clone(),
        codecs: draft.schema.layout.as_ref().and_then(|layout| Some(config.codec_of(layout.codecs.as_deref()?))),
        fields,
        ident: names.ident,
        batch: names.batch,
    }
}

/// Where what a type cannot say of its record is told, and what is wrong with the options for it.
struct Notes<'a> {
    source: Option<&'a Source>,
    draft: &'a Draft<'a>,
    found: &'a mut Vec<Problem>,
    problems: &'a mut Vec<Problem>,
}

impl Notes<'_> {
    fn add(&mut self, field: &str, message: impl std::fmt::Display) {
        let Some(source) = self.source else { return };
        let [name, version, field] = [self.draft.key.name, self.draft.key.version, field].map(crate::error::printable);
        let place = if field.is_empty() { format!("{name}@{version}") } else { format!("{name}@{version}.{field}") };
        self.found.push(source.problem("", format!("{place}: {message}")));
    }
}

fn fields(draft: &Draft<'_>, chosen: &Chosen, config: &Config, notes: &mut Notes<'_>) -> Vec<FieldDef> {
    let idents = name_fields(draft, config, notes.problems);
    let fields = draft.fields.iter().zip(idents);
    fields.map(|(field, ident)| field_def(draft, field, ident, chosen, config, notes)).collect()
}

fn field_def(
    draft: &Draft<'_>,
    of: &DraftField<'_>,
    ident: String,
    chosen: &Chosen,
    config: &Config,
    notes: &mut Notes<'_>,
) -> FieldDef {
    let field = of.field;
    let ty = of.ty.map_samples(&|id| chosen.types.get(id).copied().unwrap_or_default());
    // Null is a value of an untyped field already, and a type that is given for a field is all of its type.
    let optional = field.optional && !matches!(ty, Ty::Anything | Ty::Given(_));
    let has_members = draft.schema.layout.is_some();
    let default = defaults::of(of, &ty, optional).unwrap_or_else(|value| {
        notes.add(&field.name, format!("its default is not in the generated type, which requires the field: {value}"));
        None
    });
    FieldDef {
        rename: (ident != field.name).then(|| field.name.clone()),
        required: matches!(ty, Ty::Anything) && !field.optional,
        default,
        optional,
        description: field.description.clone().filter(|text| !text.trim().is_empty()),
        attributes: config.field_attributes_of(draft.key, &field.name),
        member: field.member.clone().filter(|_| has_members),
        codec: field.codec.as_deref().filter(|_| has_members).map(|codec| config.codec_of(codec)),
        manifest: manifest(field).filter(|_| !matches!(ty, Ty::Given(_))),
        containers: config.containers_of(draft.key, &field.name),
        enumeration: None,
        ident,
        ty,
    }
}

/// `manifest = "categorical"`, or `manifest = false`; of a type that somebody else has given for the field nobody knows what fits.
fn manifest(field: &OwnedField) -> Option<TokenStream> {
    match field.manifest {
        kind if !kind.fits_owned(&field.field_type) => None,
        ManifestField::Excluded => Some(quote!(manifest = false)),
        ManifestField::Categorical => Some(quote!(manifest = "categorical")),
        ManifestField::Numeric => Some(quote!(manifest = "numeric")),
        ManifestField::Set => Some(quote!(manifest = "set")),
        _ => None,
    }
}

/// The names of the variants; those that are values themselves come first, so that no other value takes them.
fn variants(values: &[String]) -> Vec<(String, String)> {
    let mut scope = Scope::default();
    let mut order: Vec<usize> = (0..values.len()).collect();
    let value = |index: usize| values.get(index).map_or("", String::as_str);
    order.sort_by_key(|index| (names::of_variant(value(*index)) != value(*index), value(*index)));
    let mut named: Vec<(usize, String)> =
        order.into_iter().map(|index| (index, scope.free(&names::of_variant(value(index)), ""))).collect();
    named.sort_unstable();
    named.into_iter().map(|(index, ident)| (ident, value(index).to_owned())).collect()
}

/// Names that need no change come first, so that no other field takes them; the rest in the order of the wire's names.
fn name_fields(draft: &Draft<'_>, config: &Config, problems: &mut Vec<Problem>) -> Vec<String> {
    let mut scope = Scope::default();
    let own = |field: &DraftField<'_>| config.name_of(draft.key, Some(&field.field.name)).map(str::to_owned);
    let mut idents: Vec<Option<String>> = draft.fields.iter().map(own).collect();
    for ident in idents.iter().flatten() {
        if !scope.claim(ident) {
            let of = crate::error::printable(draft.key.name);
            let message = format!("option `rename`: two fields of `{of}` would be called `{ident}`");
            problems.push(Problem::new("", "", message));
        }
    }
    let mut order: Vec<usize> = (0..draft.fields.len()).filter(|index| idents.get(*index) == Some(&None)).collect();
    let name = |index: usize| draft.fields.get(index).map_or("", |field| field.field.name.as_str());
    order.sort_by_key(|index| (names::of_field(name(*index)) != name(*index), name(*index)));
    for index in order {
        let ident = scope.free(&names::of_field(name(index)), "_");
        if let Some(slot) = idents.get_mut(index) {
            *slot = Some(ident);
        }
    }
    idents.into_iter().map(Option::unwrap_or_default).collect()
}

/// The modules with their types, in the order of their names.
fn tree(types: &[TypeDef]) -> Module {
    let mut order: Vec<TypeId> = (0..types.len()).collect();
    order.sort_by_key(|id| types.get(*id).map(|of| (&of.module, &of.ident)));
    let mut root = Module::default();
    for id in order {
        let Some(of) = types.get(id) else { continue };
        let mut module = &mut root;
        for name in &of.module {
            module = child(module, name);
        }
        module.types.push(id);
    }
    root
}

fn child<'a>(module: &'a mut Module, name: &str) -> &'a mut Module {
    let index = module.modules.iter().position(|inner| inner.name == name).unwrap_or_else(|| {
        module.modules.push(Module { name: name.to_owned(), ..Module::default() });
        module.modules.len() - 1
    });
    // The index was found or made a moment ago.
    #[expect(clippy::indexing_slicing, reason = "borrows of `get_mut` would end too late")]
    &mut module.modules[index]
}
