//! The rules of the staircase, and what breaks them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::arrows::{Arrow, arrows};
use crate::house::{House, Id};
use crate::report::{Stays, file_circles, room_circles};
use crate::table::Map;

/// One place where a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file, from the checkout on.
    pub file: String,
    /// The line of it.
    pub line: usize,
    /// What is wrong.
    pub text: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.text)
    }
}

const PAGE: &str = "ARCHITECTURE.md";

/// A room: the folder of sources, and its name there.
type Room = (String, String);

struct Rooms<'a> {
    house: &'a House,
    map: &'a Map,
    /// How high each stands, from the ground.
    heights: BTreeMap<Room, (usize, &'a str)>,
}

/// Everything in the house that the map does not allow, in order of files and lines.
pub fn faults(house: &House, map: &Map) -> Vec<Fault> {
    let rooms = Rooms::new(house, map);
    let arrows = arrows(house);
    let mut found = rooms.map_faults();
    for arrow in &arrows {
        found.extend(rooms.through_root(arrow));
        found.extend(rooms.upwards(arrow));
    }
    for circle in room_circles(house, &arrows) {
        found.insert(Fault { file: circle.file, line: circle.line, text: circle.text });
    }
    let (circles, unused) = file_circles(house, &arrows, &Stays(&map.stays));
    for circle in circles {
        found.insert(Fault { file: circle.file, line: circle.line, text: circle.text });
    }
    for line in unused {
        let text = "these files are no circle any more; take the row out".to_owned();
        found.insert(Fault { file: PAGE.to_owned(), line, text });
    }
    found.into_iter().collect()
}

impl<'a> Rooms<'a> {
    fn new(house: &'a House, map: &'a Map) -> Self {
        let mut heights = BTreeMap::new();
        for (height, floor) in map.floors.iter().rev().enumerate() {
            for (room, folder) in &floor.rooms {
                heights.insert((folder.clone(), room.clone()), (height, floor.name.as_str()));
            }
        }
        Self { house, map, heights }
    }

    /// The crates that have floors.
    fn folders(&self) -> BTreeSet<&str> {
        self.heights.keys().map(|(folder, _)| folder.as_str()).collect()
    }

    fn room(&self, id: Id) -> Room {
        let module = &self.house[id];
        let root = &self.house[module.root];
        let folder = root.file.split_once("/src/").map_or("src".to_owned(), |(at, _)| format!("{at}/src"));
        let name = match module.path.first() {
            _ if !root.file.ends_with("src/lib.rs") => "bin",
            Some(name) => name,
            None => "lib",
        };
        (folder, name.to_owned())
    }

    fn height(&self, room: &Room) -> Option<(usize, &str)> {
        self.heights.get(room).map(|(height, name)| (*height, *name))
    }

    fn at(&self, arrow: &Arrow, text: String) -> Fault {
        Fault { file: self.house[arrow.from].file.clone(), line: arrow.line, text }
    }

    fn through_root(&self, arrow: &Arrow) -> Option<Fault> {
        let room = self.room(arrow.from);
        let inside = self.folders().contains(room.0.as_str()) && room.1 != "bin";
        let to = &self.house[arrow.to];
        (inside && arrow.through_root).then(|| {
            let owner = if to.root == self.house[arrow.from].root { "room" } else { "crate" };
            let text = format!(
                "room `{}` takes `{}` through the crate root (`{}`); name the {owner} that has it, {}",
                room.1, arrow.name, arrow.written, to.file,
            );
            self.at(arrow, text)
        })
    }

    fn upwards(&self, arrow: &Arrow) -> Option<Fault> {
        let (from, to) = (self.room(arrow.from), self.room(arrow.to));
        let (low, floor) = self.height(&from)?;
        let taker = format!("room `{}` (floor {floor})", from.1);
        let file = &self.house[arrow.to].file;
        let name = &arrow.name;
        if from != to
            && let Some((high, floor)) = self.height(&to)
            && high >= low
        {
            let text = format!("{taker} takes `{name}` of room `{}` (floor {floor}, {file})", to.1);
            return Some(self.at(arrow, text));
        }
        let way = self.room(arrow.by_way_of?);
        let (high, floor) = self.height(&way)?;
        (way != from && high >= low).then(|| {
            let text = format!("{taker} takes `{name}` ({file}) by way of room `{}` (floor {floor})", way.1);
            self.at(arrow, text)
        })
    }

    /// Rooms without a floor, and floors without their room.
    fn map_faults(&self) -> BTreeSet<Fault> {
        let mut found = BTreeSet::new();
        let mut there = BTreeSet::new();
        for (id, module) in self.house.modules() {
            let room = self.room(id);
            let known = self.heights.contains_key(&room);
            if module.path.len() <= 1 && !known && self.folders().contains(room.0.as_str()) {
                let text = format!("room `{}` stands on no floor of {PAGE}", room.1);
                found.insert(Fault { file: module.file.clone(), line: 1, text });
            }
            there.insert(room);
        }
        let mut named = BTreeSet::new();
        for floor in &self.map.floors {
            for (name, folder) in &floor.rooms {
                let room = (folder.clone(), name.clone());
                let mut fault = |text| {
                    found.insert(Fault { file: PAGE.to_owned(), line: floor.line, text });
                };
                if !there.contains(&room) {
                    fault(format!("floor {} names room `{name}`, which is not in {folder}", floor.name));
                }
                if !named.insert(room) {
                    fault(format!("floor {} names room `{name}`, which another floor has as well", floor.name));
                }
            }
        }
        found
    }
}
