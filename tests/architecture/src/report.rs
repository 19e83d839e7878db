//! Circles of rooms and of files, and the overview that the program prints.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::arrows::Arrow;
use crate::circles::circles;
use crate::house::{House, Id};
use crate::table::Map;

/// A circle, said at the first arrow of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    /// Where the first arrow is written.
    pub file: String,
    /// The line of it.
    pub line: usize,
    /// Who is in it.
    pub members: Vec<String>,
    /// Who takes what of whom.
    pub text: String,
}

/// The circles of files that stay, with the line of each.
#[derive(Debug)]
pub struct Stays<'a>(pub &'a [(BTreeSet<String>, usize)]);

/// The circles of rooms, crate by crate.
pub fn room_circles(house: &House, arrows: &[Arrow]) -> Vec<Circle> {
    found(house, arrows, "rooms", |id| {
        let module = &house[id];
        let crate_name = crate_of(house, id);
        // The root shows what is below it; that is the rule of the floors, not of circles.
        module.path.first().map(|room| format!("{crate_name} {room}"))
    })
}

/// The circles of files within a room, or within a crate for what is its root, but those that stay; and the lines of
/// those that stay and are none.
pub fn file_circles(house: &House, arrows: &[Arrow], stays: &Stays<'_>) -> (Vec<Circle>, Vec<usize>) {
    let room = |id: Id| (house[id].root, house[id].path.first());
    let inside = |arrow: &&Arrow| room(arrow.from) == room(arrow.to) && !to_own_folder(house, arrow);
    let within: Vec<Arrow> = arrows.iter().filter(inside).cloned().collect();
    let mut all = found(house, &within, "files", |id| Some(house[id].file.clone()));
    let is = |circle: &Circle, files: &BTreeSet<String>| circle.members.iter().eq(files.iter());
    let unused = stays.0.iter().filter(|(files, _)| !all.iter().any(|circle| is(circle, files)));
    let unused = unused.map(|(_, line)| *line).collect();
    all.retain(|circle| !stays.0.iter().any(|(files, _)| is(circle, files)));
    (all, unused)
}

/// Whether a module uses what stands in the folder of its own name: the folder's face and its rooms are one, so they may
/// know each other.
fn to_own_folder(house: &House, arrow: &Arrow) -> bool {
    let (from, to) = (&house[arrow.from], &house[arrow.to]);
    from.root == to.root && to.path.starts_with(&from.path)
}

fn found(house: &House, arrows: &[Arrow], what: &str, node: impl Fn(Id) -> Option<String>) -> Vec<Circle> {
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut ties: BTreeMap<(String, String), Vec<&Arrow>> = BTreeMap::new();
    for arrow in arrows {
        let (Some(from), Some(to)) = (node(arrow.from), node(arrow.to)) else { continue };
        if from != to {
            graph.entry(from.clone()).or_default().insert(to.clone());
            ties.entry((from, to)).or_default().push(arrow);
        }
    }
    circles(&graph).into_iter().filter_map(|members| circle(house, &ties, what, members)).collect()
}

fn circle(
    house: &House,
    ties: &BTreeMap<(String, String), Vec<&Arrow>>,
    what: &str,
    members: Vec<String>,
) -> Option<Circle> {
    let within: Vec<_> = ties.iter().filter(|((from, to), _)| members.contains(from) && members.contains(to)).collect();
    let first = within.iter().find_map(|(_, arrows)| arrows.first())?;
    let mut text = format!("a circle of {} {what}: {}", members.len(), members.join(", "));
    for ((from, to), arrows) in &within {
        let names: BTreeSet<&str> = arrows.iter().map(|arrow| arrow.name.as_str()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let at = arrows.first().map_or(String::new(), |arrow| format!("{}:{}", house[arrow.from].file, arrow.line));
        let _ = write!(text, "\n    {from} -> {to}: {} ({at})", names.join(", "));
    }
    Some(Circle { file: house[first.from].file.clone(), line: first.line, members, text })
}

fn crate_of(house: &House, id: Id) -> String {
    let file = &house[house[id].root].file;
    file.strip_suffix("/src/lib.rs").unwrap_or(file).to_owned()
}

/// The crate, and the room in it.
type Place = (String, String);

/// Whom a room takes from, with the pairs of modules.
type Takes = BTreeMap<Place, BTreeSet<(Id, Id)>>;

/// Rooms with their arrows, by floors where there is a map; circles of rooms and of files.
pub fn overview(house: &House, arrows: &[Arrow], map: Option<&Map>) -> String {
    let mut out = String::new();
    rooms(&mut out, &takes(house, arrows), map);
    let mut all = |what: &str, circles: &[Circle]| {
        let _ = writeln!(out, "\ncircles of {what}: {}", circles.len());
        for circle in circles {
            let _ = writeln!(out, "  {}:{}: {}", circle.file, circle.line, circle.text);
        }
    };
    all("rooms", &room_circles(house, arrows));
    all("files", &file_circles(house, arrows, &Stays(&[])).0);
    out
}

fn takes(house: &House, arrows: &[Arrow]) -> BTreeMap<Place, Takes> {
    let place = |id: Id| (crate_of(house, id), house[id].path.first().map_or("lib", String::as_str).to_owned());
    let mut takes: BTreeMap<Place, Takes> = house.modules().map(|(id, _)| (place(id), Takes::new())).collect();
    for arrow in arrows {
        let (from, to) = (place(arrow.from), place(arrow.to));
        if from != to {
            takes.entry(from).or_default().entry(to).or_default().insert((arrow.from, arrow.to));
        }
    }
    takes
}

fn rooms(out: &mut String, takes: &BTreeMap<Place, Takes>, map: Option<&Map>) {
    let mut said = BTreeSet::new();
    for floor in map.into_iter().flat_map(|map| &map.floors) {
        let _ = writeln!(out, "floor {}", floor.name);
        for (name, folder) in &floor.rooms {
            let place = (folder.trim_end_matches("/src").to_owned(), name.clone());
            room(out, takes, &place);
            said.insert(place);
        }
    }
    let mut last = "";
    for place in takes.keys().filter(|place| !said.contains(*place)) {
        if last != place.0 {
            let _ = writeln!(out, "{}", place.0);
            last = &place.0;
        }
        room(out, takes, place);
    }
}

fn room(out: &mut String, takes: &BTreeMap<Place, Takes>, place: &Place) {
    let Some(others) = takes.get(place) else { return };
    let others = others.iter().map(|((home, room), pairs)| {
        let home = if *home == place.0 { String::new() } else { format!("{home}:") };
        format!("{home}{room}({})", pairs.len())
    });
    let others: Vec<String> = others.collect();
    let _ = writeln!(out, "    {} -> {}", place.1, others.join(", "));
}
