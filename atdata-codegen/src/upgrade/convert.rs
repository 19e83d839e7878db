//! Conversions: how the structs of one version become those of the next, sample by sample.

use std::collections::{HashMap, HashSet};

use atdata_schema::fit::{Presence, Purpose, Verdict, fields, heads};

use crate::model::{ArrayTy, EnumDef, FieldDef, How, NewField, Package, SampleUpgrade, Ty, TypeDef, TypeId};
use crate::names::{self, Scope};

/// What a field is in one of the two versions.
#[derive(Clone, Copy)]
struct Side<'a> {
    of: &'a TypeDef,
    field: &'a FieldDef,
}

/// The functions for a pair of types and for all samples inside, or what stands in the way.
///
/// The plan of the schemas has been found to be possible. What remains is that a type in Rust can say less than its schema,
/// or something else.
pub(super) fn samples(
    package: &Package,
    own_names: &HashSet<String>,
    ident: String,
    old: TypeId,
    new: TypeId,
) -> Result<Vec<SampleUpgrade>, Vec<String>> {
    let mut names = Scope::default();
    names.claim(&ident);
    let first = Pair { ident, path: String::new(), old, new };
    let mut upgrade = Upgrade { own_names, names, package, pairs: vec![first], known: HashMap::new() };
    upgrade.known.insert((old, new), 0);
    let mut samples: Vec<SampleUpgrade> = Vec::new();
    let mut obstacles = Vec::new();
    while let Some(pair) = upgrade.pairs.get(samples.len()).cloned() {
        let fields = upgrade.sample(&pair, &mut obstacles);
        samples.push(SampleUpgrade { ident: pair.ident, old: pair.old, new: pair.new, fields });
    }
    if obstacles.is_empty() { Ok(samples) } else { Err(obstacles) }
}

/// Two types, and the way to where they were met first.
#[derive(Clone)]
struct Pair {
    ident: String,
    path: String,
    old: TypeId,
    new: TypeId,
}

struct Upgrade<'a> {
    package: &'a Package,
    own_names: &'a HashSet<String>,
    names: Scope,
    pairs: Vec<Pair>,
    known: HashMap<(TypeId, TypeId), usize>,
}

impl<'a> Upgrade<'a> {
    fn sample(&mut self, pair: &Pair, obstacles: &mut Vec<String>) -> Vec<NewField> {
        let package = self.package;
        let (Some(old), Some(new)) = (package.types.get(pair.old), package.types.get(pair.new)) else {
            return Vec::new();
        };
        let by_name: HashMap<&str, &FieldDef> = old.fields.iter().map(|field| (field.wire_name(), field)).collect();
        let mut fields = Vec::with_capacity(new.fields.len());
        for field in &new.fields {
            let path = join(&pair.path, field.wire_name());
            let found = match by_name.get(field.wire_name()) {
                Some(before) => {
                    let sides = [Side { of: old, field: before }, Side { of: new, field }];
                    let how = self.convert(&before.whole_type(), &field.whole_type(), sides, &path);
                    how.map(|how| NewField::Old(before.ident.clone(), how))
                }
                None => added(field).ok_or("added, with a default that its type in Rust does not have"),
            };
            match found {
                Ok(field) => fields.push(field),
                Err(reason) => obstacles.push(format!("{path}: {reason}")),
            }
        }
        fields
    }

    fn convert(&mut self, old: &Ty, new: &Ty, sides: [Side<'a>; 2], path: &str) -> Result<How, &'static str> {
        let inside =
            |this: &mut Self, old: &Ty, new: &Ty| this.convert(old, new, sides, &format!("{path}[]")).map(Box::new);
        if self.is_same(old, new) {
            return Ok(copied(old));
        }
        let (Some(old_parts), Some(new_parts)) = (old.parts(), new.parts()) else {
            return Err("another type stands for it in Rust");
        };
        Ok(match (heads(&old_parts, &new_parts, Purpose::Conversion), old, new) {
            (Verdict::Inside, Ty::Nullable(old), Ty::Nullable(new)) => {
                How::Nullable(Box::new(self.convert(old, new, sides, path)?))
            }
            (Verdict::Inside, Ty::Nullable(old), Ty::Anything) => {
                How::NullOrUntyped(Box::new(self.convert(old, new, sides, path)?))
            }
            (Verdict::MayBeNull, _, Ty::Nullable(new)) => How::NotNull(Box::new(self.convert(old, new, sides, path)?)),
            (Verdict::Inside, Ty::List(old), Ty::List(new)) => How::List(inside(self, old, new)?),
            (Verdict::Inside, Ty::Map(old), Ty::Map(new)) => How::Map(inside(self, old, new)?),
            (Verdict::Converts, Ty::Int, Ty::Float) => How::IntToFloat,
            (Verdict::Converts, Ty::Array(_), Ty::Anything) => How::UntypedArray,
            (Verdict::Converts, _, Ty::Anything) => How::Untyped(Box::new(copied(old))),
            (_, _, Ty::Anything) => return Err("untyped now, which no function for its old type does"),
            (_, Ty::Array(old), Ty::Array(new)) => array(old, new)?,
            (Verdict::Inside, Ty::Enum(_), Ty::Enum(_) | Ty::Text) => enumeration(new, sides)?,
            (Verdict::Inside, Ty::Sample(old_id) | Ty::Boxed(old_id), Ty::Sample(new_id) | Ty::Boxed(new_id)) => {
                How::Sample {
                    index: self.pair(*old_id, *new_id, path),
                    boxed: [old, new].map(|ty| matches!(ty, Ty::Boxed(_))),
                }
            }
            _ => return Err("another type in Rust, to which no function leads"),
        })
    }

    /// The function for a pair of samples.
    fn pair(&mut self, old: TypeId, new: TypeId, path: &str) -> usize {
        let next = self.pairs.len();
        let index = *self.known.entry((old, new)).or_insert(next);
        if index == next {
            let name = self.package.types.get(new).map_or("", |of| of.ident.as_str());
            let ident = self.names.free(&format!("upgrade_{}", names::of_field(name)), "_");
            self.pairs.push(Pair { ident, path: path.to_owned(), old, new });
        }
        index
    }

    /// Whether both are the same type in Rust. Enums never are: each is of its own struct.
    fn is_same(&self, old: &Ty, new: &Ty) -> bool {
        match (old, new) {
            (Ty::List(old), Ty::List(new)) | (Ty::Map(old), Ty::Map(new)) | (Ty::Nullable(old), Ty::Nullable(new)) => {
                self.is_same(old, new)
            }
            (Ty::Array(old), Ty::Array(new)) => {
                Purpose::Conversion.array(old.parts().relation(&new.parts())) == Verdict::Same
            }
            (Ty::Structured(_), Ty::Structured(_)) => true,
            (Ty::Enum(_), _) => false,
            (Ty::Given(old), Ty::Given(new)) | (Ty::Replaced(old), Ty::Replaced(new)) => {
                old == new && self.is_same_everywhere(old)
            }
            (old, new) => old == new,
        }
    }

    /// Whether the text of a type means the same in two modules beside one another: not if it names what is in them.
    fn is_same_everywhere(&self, text: &str) -> bool {
        let mut before = "";
        for word in text.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '_')) {
            let name = word.trim_end_matches(|c: char| !(c.is_alphanumeric() || c == '_'));
            let begins_path = !name.is_empty() && !before.ends_with(':');
            if begins_path && (name == "self" || self.own_names.contains(name)) {
                return false;
            }
            before = if word.trim().is_empty() { before } else { word };
        }
        true
    }
}

fn join(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

/// What a field is that the old type does not have; the schemas say that it may be null or has a default.
fn added(field: &FieldDef) -> Option<NewField> {
    let has_default = field.default.is_some();
    let new = Presence::There { optional: field.optional, has_default, takes_any: field.ty == Ty::Anything };
    fields(Presence::Absent, new, Purpose::Conversion).there.holds().then_some(match field.optional {
        _ if has_default => NewField::Default,
        true => NewField::Null,
        false => NewField::Nil,
    })
}

fn array(old: &ArrayTy, new: &ArrayTy) -> Result<How, &'static str> {
    let relation = old.parts().relation(&new.parts());
    let dtype = Purpose::Conversion.dtype(relation.dtype);
    if !dtype.holds() {
        return Err(match old.dtype {
            None => "its elements may be of any dtype in the old type, and are of one in the new",
            Some(_) => "its elements do not become those of the new type without loss",
        });
    }
    let (Some(from), Some(to)) = (old.dtype, new.dtype) else { return Ok(How::ArrayToUntyped) };
    let shape = Purpose::Conversion.shape(relation.shape);
    if !shape.holds() {
        return Err("it may have any number of dimensions in the old type, and has one in the new");
    }
    let cast = (dtype == Verdict::Converts).then_some((from, to));
    Ok(How::Array { cast, forget_rank: shape == Verdict::Converts })
}

/// The same type in both.
const fn copied(ty: &Ty) -> How {
    match ty {
        Ty::Int | Ty::Float | Ty::Truth => How::Copied,
        _ => How::Cloned,
    }
}

/// An enum that becomes another, or text.
fn enumeration(new: &Ty, [old_side, new_side]: [Side<'_>; 2]) -> Result<How, &'static str> {
    const UNLIKE: &str = "another set of values in Rust";
    let old_enum = old_side.field.enumeration.as_ref().filter(|of| !of.variants.is_empty()).ok_or(UNLIKE)?;
    let named = |of: &TypeDef, def: &EnumDef| (of.module.clone(), def.ident.clone());
    let from = named(old_side.of, old_enum);
    if *new == Ty::Text {
        return Ok(How::EnumToText(from, old_enum.variants.clone()));
    }
    let new_enum = new_side.field.enumeration.as_ref().ok_or(UNLIKE)?;
    let by_value: HashMap<&str, &str> =
        new_enum.variants.iter().map(|(name, value)| (value.as_str(), name.as_str())).collect();
    let variant = |(name, value): &(String, String)| Some((name.clone(), (*by_value.get(value.as_str())?).to_owned()));
    let variants: Option<Vec<_>> = old_enum.variants.iter().map(variant).collect();
    Ok(How::EnumToEnum([from, named(new_side.of, new_enum)], variants.ok_or(UNLIKE)?))
}
