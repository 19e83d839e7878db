//! Cycles and boxing: where a type would contain itself, or grow beyond bounds, its samples go to the heap.

use crate::model::{Package, Ty, TypeId};

/// A sample larger than this, in bytes, is not put inside another: each level could double the size.
const LARGEST: usize = 16 << 10;
/// Nor one that has this many levels of samples inside: the compiler's own recursion has a limit.
const DEEPEST: usize = 16;

/// Boxes samples where that is needed, and nowhere else.
pub(crate) fn break_cycles(package: &mut Package) {
    let components = components(package, Ty::direct);
    let mut extents = vec![None; package.types.len()];
    for id in components.order {
        let Some(fields) = package.types.get(id).map(|of| of.fields.iter().map(|field| field.ty.clone())) else {
            continue;
        };
        let mut extent = Extent { size: 0, depth: 0 };
        let mut boxed = Vec::new();
        for (index, ty) in fields.enumerate() {
            let inner = ty.direct().and_then(|to| extents.get(to).copied().flatten().map(|inner: Extent| (to, inner)));
            match (ty.direct(), inner) {
                (Some(to), Some((_, inner)))
                    if components.of.get(to) != components.of.get(id)
                        && inner.size <= LARGEST
                        && inner.depth < DEEPEST =>
                {
                    extent.size += inner.size;
                    extent.depth = extent.depth.max(inner.depth + 1);
                }
                (Some(to), _) => {
                    extent.size += 8;
                    boxed.push((index, to));
                }
                (None, _) => extent.size += size(&ty),
            }
        }
        if let Some(slot) = extents.get_mut(id) {
            *slot = Some(extent);
        }
        for (index, to) in boxed {
            if let Some(field) = package.types.get_mut(id).and_then(|of| of.fields.get_mut(index)) {
                field.ty = Ty::Boxed(to);
            }
        }
    }
}

/// For each type the number of samples, lists and maps that a way into it can lead through before it comes round: the
/// compiler makes code for all of them on one stack, which has a limit.
pub(crate) fn depths(package: &Package) -> Vec<usize> {
    let components = components(package, |ty| ty.reach().1);
    let component = |id: TypeId| components.of.get(id).copied().unwrap_or_default();
    // Of each component what its own types add, and the deepest that they lead to.
    let mut own = vec![0; package.types.len()];
    let mut beyond = vec![0; package.types.len()];
    for id in &components.order {
        let here = component(*id);
        let Some(of) = package.types.get(*id) else { continue };
        let reaches = of.fields.iter().map(|field| field.ty.reach());
        let mut layers = 0;
        let mut deepest = 0;
        for (around, sample) in reaches {
            layers = layers.max(around);
            if let Some(there) = sample.map(component).filter(|there| *there != here) {
                deepest = deepest.max(own.get(there).unwrap_or(&0) + beyond.get(there).unwrap_or(&0));
            }
        }
        if let (Some(own), Some(beyond)) = (own.get_mut(here), beyond.get_mut(here)) {
            *own += 1 + layers;
            *beyond = deepest.max(*beyond);
        }
    }
    let depth = |id| own.get(component(id)).unwrap_or(&0) + beyond.get(component(id)).unwrap_or(&0);
    (0..package.types.len()).map(depth).collect()
}

#[derive(Clone, Copy)]
struct Extent {
    size: usize,
    depth: usize,
}

/// Roughly, and rather too much.
fn size(ty: &Ty) -> usize {
    match ty {
        Ty::Int | Ty::Float | Ty::Truth => 16,
        Ty::Text | Ty::Bytes | Ty::List(_) | Ty::Map(_) => 24,
        _ => 160,
    }
}

struct Components {
    /// For each type the number of its component: types of one component contain one another.
    of: Vec<usize>,
    /// All types, those that are contained before those that contain them.
    order: Vec<TypeId>,
}

/// Kosaraju's algorithm, with stacks of its own: references may form chains of any length.
fn components(package: &Package, target: impl Fn(&Ty) -> Option<TypeId>) -> Components {
    let count = package.types.len();
    let edges: Vec<Vec<TypeId>> = package
        .types
        .iter()
        .map(|of| of.fields.iter().filter_map(|field| target(&field.ty)).filter(|to| *to < count).collect())
        .collect();
    let mut reversed = vec![Vec::new(); count];
    for (from, targets) in edges.iter().enumerate() {
        for to in targets {
            if let Some(sources) = reversed.get_mut(*to) {
                sources.push(from);
            }
        }
    }
    let mut order = Vec::with_capacity(count);
    let mut seen = vec![false; count];
    for start in 0..count {
        visit(start, &edges, &mut seen, |id| order.push(id));
    }
    let mut of = vec![0; count];
    let mut seen = vec![false; count];
    for (number, start) in order.iter().rev().enumerate() {
        visit(*start, &reversed, &mut seen, |id| {
            if let Some(component) = of.get_mut(id) {
                *component = number;
            }
        });
    }
    Components { of, order }
}

/// Leaves every type that can be reached and was not seen, the last reached first.
fn visit(start: TypeId, edges: &[Vec<TypeId>], seen: &mut [bool], mut leave: impl FnMut(TypeId)) {
    let mut enter = |id: TypeId| seen.get_mut(id).is_some_and(|seen| !std::mem::replace(seen, true));
    if !enter(start) {
        return;
    }
    let mut stack = vec![(start, 0)];
    while let Some((id, next)) = stack.last_mut() {
        match edges.get(*id).and_then(|targets| targets.get(*next)) {
            Some(to) => {
                *next += 1;
                if enter(*to) {
                    stack.push((*to, 0));
                }
            }
            None => {
                leave(*id);
                stack.pop();
            }
        }
    }
}
