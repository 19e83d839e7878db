//! Lenses from each version of a type to the next: the schemas say whether there is one, the types what it does.

mod convert;

use std::collections::{BTreeMap, HashSet};

use atdata_schema::{MigrationPlan, OwnedSchema, Version};

use crate::model::{Module, Package, Refusal, TypeId, UpgradeDef};
use crate::names::{self, Scope};
use crate::selector::Key;

/// Names in an index have so many letters at most.
const LONGEST_NAME: usize = 100;

/// The type of a record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordType<'a> {
    pub(crate) id: TypeId,
    pub(crate) key: Key<'a>,
    pub(crate) schema: &'a OwnedSchema,
}

/// Fills in the lenses of the modules. Records come in the order of their authorities, names and versions.
pub(crate) fn fill_in<'a>(package: &mut Package, records: &[RecordType<'a>]) {
    let own_names = own_names(package);
    let mut scopes: BTreeMap<Vec<String>, Scope> = BTreeMap::new();
    let ordered = |record: &RecordType<'a>| Some((Version::parse(record.key.version).ok()?, *record));
    let records: Vec<(Version, RecordType<'a>)> = records.iter().filter_map(ordered).collect();
    for pair in records.windows(2) {
        let [(earlier, old), (later, new)] = pair else { continue };
        let same_type = (old.key.authority, old.key.name) == (new.key.authority, new.key.name);
        // What differs in the build alone has no order.
        if !same_type || earlier.cmp_precedence(later).is_eq() {
            continue;
        }
        let Some((around, wanted)) = place(package, old.id, new.id) else { continue };
        let versions = [old.key.version.to_owned(), new.key.version.to_owned()];
        let samples = MigrationPlan::between(old.schema, new.schema)
            .map_err(|error| error.obstacles().iter().map(ToString::to_string).collect())
            .and_then(|_| {
                let scope = scopes.entry(around.clone()).or_insert_with(|| module_names(package, &around));
                convert::samples(package, &own_names, scope.free(&wanted, "_"), old.id, new.id)
            });
        let Some(module) = module_at(&mut package.root, &around) else { continue };
        match samples {
            Ok(samples) => {
                let name = index_name(&lens_of(old.key, &records), &wanted);
                module.upgrades.push(UpgradeDef { name, versions, samples });
            }
            Err(reasons) => module.refusals.push(Refusal { versions, reasons }),
        }
    }
}

/// The module around those of the two versions, and what the lens is called there: `v1_0_0_to_v1_1_0`.
fn place(package: &Package, old: TypeId, new: TypeId) -> Option<(Vec<String>, String)> {
    let (from, around) = package.types.get(old)?.module.split_last()?;
    let (to, beside) = package.types.get(new)?.module.split_last()?;
    (around == beside).then(|| (around.to_vec(), format!("{from}_to_{to}")))
}

/// All names that generated modules have for types.
fn own_names(package: &Package) -> HashSet<String> {
    let of_type = |of: &crate::model::TypeDef| {
        let enums = of.fields.iter().filter_map(|field| field.enumeration.as_ref()).map(|of| of.ident.clone());
        let batch = of.batch.clone().unwrap_or_else(|| format!("{}Batch", of.ident));
        enums.chain([of.ident.clone(), batch]).collect::<Vec<_>>()
    };
    package.types.iter().flat_map(of_type).collect()
}

/// What is in the module already. A lens is a type and a value, so that it is told apart from modules too.
fn module_names(package: &Package, path: &[String]) -> Scope {
    let mut module = Some(&package.root);
    for name in path {
        module = module.and_then(|module| module.modules.iter().find(|inner| inner.name == *name));
    }
    let mut scope = Scope::default();
    for inner in module.iter().flat_map(|module| &module.modules) {
        scope.claim(&inner.name);
    }
    scope
}

fn module_at<'a>(root: &'a mut Module, path: &[String]) -> Option<&'a mut Module> {
    path.iter().try_fold(root, |module, name| module.modules.iter_mut().find(|inner| inner.name == *name))
}

/// What tells the lenses of a type from those of all others, for an index has one of each name: `photo`, and
/// `photo_alice_example` where another authority has a type of that name as well.
fn lens_of(key: Key<'_>, records: &[(Version, RecordType<'_>)]) -> String {
    let of = names::of_module(key.name);
    let is_another = |other: &Key<'_>| other.authority != key.authority && names::of_module(other.name) == of;
    if records.iter().any(|(_, record)| is_another(&record.key)) {
        return format!("{of}_{}", names::of_module(key.authority.unwrap_or("local")));
    }
    of
}

/// `photo_v1_0_0_to_v1_1_0`
fn index_name(of: &str, lens: &str) -> String {
    let mut of = of.to_owned();
    of.truncate(LONGEST_NAME.saturating_sub(lens.len() + 1));
    let mut whole = format!("{of}_{lens}");
    whole.truncate(LONGEST_NAME);
    whole
}
