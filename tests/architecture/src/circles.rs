//! Circles of a graph.

use std::collections::{BTreeMap, BTreeSet};

/// The groups of more than one whose members all lead to each other, each in order.
pub fn circles<T: Ord + Clone>(graph: &BTreeMap<T, BTreeSet<T>>) -> Vec<Vec<T>> {
    let reached: BTreeMap<&T, BTreeSet<&T>> = graph.keys().map(|node| (node, reach(graph, node))).collect();
    let mut done = BTreeSet::new();
    let mut found = Vec::new();
    for (node, from) in &reached {
        if done.contains(node) {
            continue;
        }
        let both = |other: &&&T| **other != *node && reached.get(**other).is_some_and(|back| back.contains(*node));
        let mut group: BTreeSet<&T> = from.iter().filter(both).copied().collect();
        if group.is_empty() {
            continue;
        }
        group.insert(*node);
        done.extend(group.iter().copied());
        found.push(group.into_iter().cloned().collect());
    }
    found
}

fn reach<'a, T: Ord>(graph: &'a BTreeMap<T, BTreeSet<T>>, from: &T) -> BTreeSet<&'a T> {
    let mut found = BTreeSet::new();
    let mut next: Vec<&T> = graph.get(from).into_iter().flatten().collect();
    while let Some(node) = next.pop() {
        if found.insert(node) {
            next.extend(graph.get(node).into_iter().flatten());
        }
    }
    found
}
