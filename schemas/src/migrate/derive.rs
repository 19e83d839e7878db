//! Deriving a plan from two schemas and a few answers.

use std::collections::{HashMap, HashSet};

use super::answers::{Answer, Answers, Given};
use super::{Absent, Conversion, FieldSource, FieldStep, Obstacle, SamplePlan};
use crate::compat::{arrays, values};
use crate::fit::{ArrayRelation, Presence, Purpose, RefParts, TypeParts, Verdict, fields, heads};
use crate::owned::{OwnedArrayType, OwnedField, OwnedFieldType as T, OwnedSchema};
use crate::{Change, fingerprint};

/// Among more fields than this, none is guessed to be another under a new name: that costs a comparison of each with each.
const MAX_GUESSED: usize = 100;

pub(super) fn derive(old: &OwnedSchema, new: &OwnedSchema, answers: &Answers) -> (SamplePlan, Vec<Obstacle>) {
    let mut derivation = Derivation {
        answers,
        used: HashSet::new(),
        path: String::new(),
        sample_at: 0,
        field: String::new(),
        old_outer: Vec::new(),
        new_outer: Vec::new(),
        obstacles: Vec::new(),
    };
    let sample = derivation.sample(old, new);
    derivation.report_unused();
    (sample, derivation.obstacles)
}

struct Derivation<'a> {
    answers: &'a Answers,
    /// Paths whose answers were followed.
    used: HashSet<&'a str>,
    /// Where we are in the new type.
    path: String,
    /// How much of that is the way to the sample at hand.
    sample_at: usize,
    /// The innermost field there, which is what an answer can name.
    field: String,
    /// The schemas around us, outermost first: a type may refer to itself.
    old_outer: Vec<&'a OwnedSchema>,
    new_outer: Vec<&'a OwnedSchema>,
    obstacles: Vec<Obstacle>,
}

/// The fields of an old sample and which of them have become a new one.
struct OldFields<'a> {
    by_name: HashMap<&'a str, &'a OwnedField>,
    taken: HashSet<&'a str>,
    renamed: HashSet<&'a str>,
}

impl<'a> Derivation<'a> {
    fn sample(&mut self, old: &'a OwnedSchema, new: &'a OwnedSchema) -> SamplePlan {
        self.old_outer.push(old);
        self.new_outer.push(new);
        let outer_at = std::mem::replace(&mut self.sample_at, self.path.len());
        let mut fields = self.old_fields(old, new);
        let mut steps = Vec::with_capacity(new.fields.len());
        let mut added = Vec::new();
        for field in &new.fields {
            let source = self.inside(&field.name, |this| {
                this.field.clone_from(&this.path);
                match this.source(field, &mut fields) {
                    Source::Known(source) => source,
                    Source::Added => {
                        added.push(field);
                        added_source(field)
                    }
                }
            });
            steps.push(FieldStep { field: field.name.clone(), path: self.path_of(&field.name), source });
        }
        let removed: Vec<_> = old.fields.iter().filter(|field| !fields.taken.contains(field.name.as_str())).collect();
        self.report_added(&added, &removed);
        self.report_removed(&added, &removed);
        self.old_outer.pop();
        self.new_outer.pop();
        self.sample_at = outer_at;
        SamplePlan { steps, dropped: removed.into_iter().map(|field| field.name.clone()).collect() }
    }

    /// A field that is renamed to another is not there any more for the new field of its own name.
    fn old_fields(&self, old: &'a OwnedSchema, new: &'a OwnedSchema) -> OldFields<'a> {
        let by_name: HashMap<_, _> = old.fields.iter().map(|field| (field.name.as_str(), field)).collect();
        let renamed = new.fields.iter().filter_map(|field| {
            let answer = self.answers.fields.get(&self.path_of(&field.name))?;
            self.name_here(answer.rename.as_deref()?)
        });
        OldFields { renamed: renamed.collect(), by_name, taken: HashSet::new() }
    }

    fn source(&mut self, new: &'a OwnedField, fields: &mut OldFields<'a>) -> Source {
        let answer = self.answer();
        let same_name =
            fields.by_name.get_key_value(new.name.as_str()).filter(|(name, _)| !fields.renamed.contains(*name));
        let given = answer.and_then(|answer| answer.value);
        if let Some(Given::Fill | Given::Convert) = given {
            // What it replaces is not lost by mistake.
            fields.taken.extend(same_name.map(|(name, _)| *name));
            let filled = given == Some(Given::Fill);
            return Source::Known(if filled { FieldSource::Filled } else { FieldSource::Converted });
        }
        let old = match answer.and_then(|answer| answer.rename.as_deref()) {
            Some(path) => match self.renamed(path, fields) {
                Some(old) => old,
                None => return Source::Known(FieldSource::LeftOut),
            },
            None => match same_name {
                Some((_, old)) => *old,
                None => {
                    if given.is_some() {
                        let remedy = format!("write `.fill({:?}, value)`", self.path);
                        self.obstacles.push(Obstacle::answer(self.path.clone(), "is in no old sample", remedy));
                        return Source::Known(FieldSource::LeftOut);
                    }
                    return Source::Added;
                }
            },
        };
        fields.taken.insert(&old.name);
        Source::Known(self.of_old(old, new, given.is_some()))
    }

    fn answer(&mut self) -> Option<&'a Answer> {
        let (path, answer) = self.answers.fields.get_key_value(&self.path)?;
        self.used.insert(path);
        Some(answer)
    }

    /// The old field of that path, which is one of the sample at hand.
    fn renamed(&mut self, path: &str, fields: &OldFields<'a>) -> Option<&'a OwnedField> {
        let old = self.name_here(path).and_then(|name| fields.by_name.get(name));
        if old.is_none() {
            let there = self.old_outer.last().map_or(&[][..], |old| &old.fields);
            let paths: Vec<_> = there.iter().take(32).map(|field| self.path_of(&field.name)).collect();
            let remedy = format!("the old type has {}", paths.join(", "));
            let reason = format!("is to be renamed from {path:?}, which does not exist");
            self.obstacles.push(Obstacle::answer(self.path.clone(), reason, remedy));
        }
        old.copied()
    }

    fn of_old(&mut self, old: &'a OwnedField, new: &'a OwnedField, fill_missing: bool) -> FieldSource {
        let conversion = self.convert(&old.field_type, &new.field_type).unwrap_or(Conversion::Unchanged);
        let conversion = if old.optional { nullable(conversion) } else { conversion };
        let verdict = fields(old.presence(), new.presence(), Purpose::Migration);
        let absent = match (old.has_default, new.has_default) {
            _ if fill_missing => Absent::Filled { null: !verdict.null.holds() },
            (true, true) => Absent::LeftOut,
            (false, _) if old.optional => Absent::Null,
            _ => Absent::Refused,
        };
        if !verdict.default.holds() && !fill_missing {
            self.changed(Change::HasDefault(new.has_default));
        }
        if !verdict.null.holds() && !fill_missing {
            self.changed(Change::Optional(new.optional));
        }
        FieldSource::Old { field: old.name.clone(), conversion, absent }
    }

    fn convert(&mut self, old: &'a T, new: &'a T) -> Option<Conversion> {
        if old == new && !fingerprint::has_references(old) && !self.answers.any_below(&self.path) {
            return Some(Conversion::Unchanged);
        }
        let old_parts = old.parts(&self.old_outer);
        Some(match (heads(&old_parts, &new.parts(&self.new_outer), Purpose::Migration), old, new) {
            // Told by what they differ in.
            (_, T::Array(old), T::Array(new)) => self.array(old, new, old.parts().relation(&new.parts()))?,
            (_, T::Structured(old), T::Structured(new)) => {
                self.array(old, new, old.parts().relation(&new.parts()).uncast())?
            }
            (_, T::Enum(old), T::Enum(new)) => self.values(old, new)?,
            (Verdict::Same, T::Ref(_), _) => enclosing(&old_parts),
            (Verdict::Same | Verdict::Noted | Verdict::Fits, _, _) => Conversion::Unchanged,
            (Verdict::Converts, _, _) => Conversion::IntToFloat,
            (Verdict::Inside, T::Sample(old), T::Sample(new)) => self.nested(old, new),
            (Verdict::Inside, T::List(old), T::List(new)) => {
                elements(self.inside("[]", |this| this.convert(old, new))?, Conversion::List)
            }
            (Verdict::Inside, T::Map(old), T::Map(new)) => {
                elements(self.inside("[]", |this| this.convert(old, new))?, Conversion::Map)
            }
            (Verdict::Inside, T::Nullable(old), T::Nullable(new)) => nullable(self.convert(old, new)?),
            (Verdict::MayBeNull, old, T::Nullable(new)) => self.convert(old, new)?,
            (Verdict::NotNull, _, _) => return self.changed(Change::Optional(false)),
            _ => return self.changed(Change::Type { old: old.in_full(), new: new.in_full() }),
        })
    }

    fn nested(&mut self, old: &'a OwnedSchema, new: &'a OwnedSchema) -> Conversion {
        let plan = self.sample(old, new);
        let is_unchanged = plan.is_identity() && !fills_null(&plan, new);
        if is_unchanged { Conversion::Unchanged } else { Conversion::Sample(Box::new(plan)) }
    }

    fn values(&mut self, old: &[String], new: &[String]) -> Option<Conversion> {
        let (added, removed) = (values::missing_from(old, new), values::missing_from(new, old));
        if Purpose::Migration.values(!removed.is_empty(), !added.is_empty()).holds() {
            return Some(Conversion::Unchanged);
        }
        self.changed(Change::Values { added, removed })
    }

    fn array(&mut self, old: &OwnedArrayType, new: &OwnedArrayType, relation: ArrayRelation) -> Option<Conversion> {
        let (found, purpose) = (self.obstacles.len(), Purpose::Migration);
        if !purpose.shape(relation.shape).holds() {
            self.changed(Change::Shape { old: arrays::shape_text(old), new: arrays::shape_text(new) });
        }
        if !purpose.names(relation.names).holds() {
            self.changed(Change::Dims { old: arrays::dims_text(old), new: arrays::dims_text(new) });
        }
        let conversion = match (purpose.dtype(relation.dtype), new.dtype) {
            (Verdict::Converts, Some(new)) => Some(Conversion::Cast(new)),
            (verdict, _) if verdict.holds() => Some(Conversion::Unchanged),
            _ => self.changed(Change::Dtype { old: arrays::dtype_text(old), new: arrays::dtype_text(new) }),
        };
        conversion.filter(|_| self.obstacles.len() == found)
    }

    /// Notes that nothing follows from this change.
    fn changed(&mut self, change: Change) -> Option<Conversion> {
        let field = &self.field;
        let inner = self.path != *field;
        let remedy = match change {
            Change::Optional(_) | Change::HasDefault(_) if !inner => {
                format!("`.fill_missing({field:?}, value)` or `.convert({field:?}, f)`")
            }
            _ => format!("`.convert({field:?}, f)`"),
        };
        self.obstacles.push(Obstacle::changed(&self.path, change, remedy));
        None
    }

    fn report_added(&mut self, added: &[&OwnedField], removed: &[&OwnedField]) {
        for field in added.iter().filter(|field| !fills_in(field)) {
            let path = self.path_of(&field.name);
            let renamed =
                alike(field, removed).map(|old| format!("`.rename({:?}, {path:?})`, ", self.path_of(&old.name)));
            let remedy = format!("{}`.fill({path:?}, value)` or `.convert({path:?}, f)`", renamed.unwrap_or_default());
            let change = Change::Added { field_type: whole_type(field), fills_in: false };
            self.obstacles.push(Obstacle::changed(&path, change, remedy));
        }
    }

    /// An old field may go, unless it may have come back under another name that would silently be left empty.
    fn report_removed(&mut self, added: &[&OwnedField], removed: &[&OwnedField]) {
        let (fillable, required): (Vec<_>, Vec<_>) = added.iter().copied().partition(|field| fills_in(field));
        for field in removed {
            let path = self.path_of(&field.name);
            if let Some(dropped) = self.answers.dropped.get(&path) {
                self.used.insert(dropped);
                continue;
            }
            // A required field asks about its own old name.
            let new = alike(field, &fillable).filter(|_| alike(field, &required).is_none());
            let Some(new) = new else { continue };
            let remedy = format!("`.rename({path:?}, {:?})` or `.drop_field({path:?})`", self.path_of(&new.name));
            let perhaps_renamed = Some(new.name.clone());
            let change = Change::Removed { field_type: whole_type(field), perhaps_renamed };
            self.obstacles.push(Obstacle::changed(&path, change, remedy));
        }
    }

    fn report_unused(&mut self) {
        for path in self.answers.fields.keys().filter(|path| !self.used.contains(path.as_str())) {
            let remedy = "remove the answer, or name a field of the new type by its whole path".to_owned();
            self.obstacles.push(Obstacle::answer(path.clone(), "is no field of the new type", remedy));
        }
        for path in self.answers.dropped.iter().filter(|path| !self.used.contains(path.as_str())) {
            let remedy = "remove the `drop_field`".to_owned();
            self.obstacles.push(Obstacle::answer(path.clone(), "is no old field that could be dropped", remedy));
        }
    }

    /// The way to the sample at hand.
    fn sample_path(&self) -> &str {
        self.path.get(..self.sample_at).unwrap_or_default()
    }

    fn path_of(&self, field: &str) -> String {
        let sample = self.sample_path();
        if sample.is_empty() { field.to_owned() } else { format!("{sample}.{field}") }
    }

    /// The name of a field of the sample at hand, given its path.
    fn name_here<'p>(&self, path: &'p str) -> Option<&'p str> {
        let sample = self.sample_path();
        if sample.is_empty() { Some(path) } else { path.strip_prefix(sample)?.strip_prefix('.') }
    }

    /// One step further in: a field, or `[]` for elements.
    fn inside<R>(&mut self, step: &str, derive: impl FnOnce(&mut Self) -> R) -> R {
        let (path, field) = (self.path.len(), self.field.clone());
        if !self.path.is_empty() && step != "[]" {
            self.path.push('.');
        }
        self.path.push_str(step);
        let result = derive(self);
        self.path.truncate(path);
        self.field = field;
        result
    }
}

enum Source {
    Known(FieldSource),
    /// The old type has nothing for it.
    Added,
}

/// A field that is in no old sample; one that nothing stands for is reported.
fn added_source(field: &OwnedField) -> FieldSource {
    if field.optional && !field.has_default { FieldSource::Null } else { FieldSource::LeftOut }
}

fn fills_in(field: &OwnedField) -> bool {
    fields(Presence::Absent, field.presence(), Purpose::Migration).there.holds()
}

/// Whether null is written for a field that is missing: the old type reads it so, the new one has a default instead.
fn fills_null(plan: &SamplePlan, new: &OwnedSchema) -> bool {
    let is_null = |step: &FieldStep| matches!(step.source, FieldSource::Old { absent: Absent::Null, .. });
    plan.steps.iter().zip(&new.fields).any(|(step, field)| field.has_default && is_null(step))
}

/// The first field among the others that may be this one under another name.
fn alike<'f>(field: &OwnedField, others: &[&'f OwnedField]) -> Option<&'f OwnedField> {
    if others.len() > MAX_GUESSED {
        return None;
    }
    others.iter().copied().find(|other| other.field_type == field.field_type)
}

/// `str?`
fn whole_type(field: &OwnedField) -> String {
    format!("{}{}", field.field_type, if field.optional { "?" } else { "" })
}

/// A reference to a type further out becomes what that becomes; any other is to the same type.
fn enclosing(reference: &TypeParts<'_>) -> Conversion {
    match reference {
        TypeParts::Ref(RefParts::Outer(levels)) => Conversion::Enclosing(*levels),
        _ => Conversion::Unchanged,
    }
}

fn elements(conversion: Conversion, of: fn(Box<Conversion>) -> Conversion) -> Conversion {
    if conversion == Conversion::Unchanged { conversion } else { of(Box::new(conversion)) }
}

fn nullable(conversion: Conversion) -> Conversion {
    match conversion {
        same @ (Conversion::Unchanged | Conversion::Nullable(_)) => same,
        other => Conversion::Nullable(Box::new(other)),
    }
}
