//! What `ARCHITECTURE.md` says: the floors, the circles that stay, the paths.

use std::collections::BTreeSet;

/// A floor: rooms that take nothing of each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Floor {
    /// What the first column says.
    pub name: String,
    /// The rooms, each with the folder of sources that it stands in.
    pub rooms: Vec<(String, String)>,
    /// The line of the row.
    pub line: usize,
}

/// The rules of the map.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Map {
    /// From the top down.
    pub floors: Vec<Floor>,
    /// Circles of files that stay, with the line that gives the reason.
    pub stays: Vec<(BTreeSet<String>, usize)>,
}

/// Where rooms stand of which the table says nothing else.
const HOME: &str = "atdata/src";

impl Map {
    /// Reads the tables of a page: that of the floors has the columns `floor` and `rooms`, and may have `where` for the
    /// folder of another crate; that of the circles that stay has `files` and `reason`.
    ///
    /// # Errors
    /// A page without floors, a row without a room, a circle without a reason.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut map = Self::default();
        for table in tables(text) {
            if let (Some(floor), Some(rooms)) = (table.column("floor"), table.column("rooms")) {
                let place = table.column("where");
                for (line, cells) in &table.rows {
                    let cell = |column: usize| cells.get(column).map_or("", String::as_str);
                    let folder = place.and_then(|column| ticked(cell(column)).next()).unwrap_or(HOME);
                    let rooms: Vec<_> = ticked(cell(rooms))
                        .map(|room| (room.to_owned(), folder.trim_end_matches('/').to_owned()))
                        .collect();
                    if rooms.is_empty() {
                        return Err(format!("line {line}: a floor names its rooms in backticks"));
                    }
                    map.floors.push(Floor { name: cell(floor).to_owned(), rooms, line: *line });
                }
            } else if let (Some(files), Some(reason)) = (table.column("files"), table.column("reason")) {
                for (line, cells) in &table.rows {
                    let cell = |column: usize| cells.get(column).map_or("", String::as_str);
                    let files: BTreeSet<_> = ticked(cell(files)).map(|file| full(file, HOME)).collect();
                    if files.len() < 2 || cell(reason).is_empty() {
                        return Err(format!("line {line}: a circle that stays has its files, and a reason"));
                    }
                    map.stays.push((files, *line));
                }
            }
        }
        if map.floors.is_empty() {
            return Err("no table with the columns `floor` and `rooms`".to_owned());
        }
        Ok(map)
    }
}

/// A path of the page from the checkout on: what begins at no crate stands in `home`.
fn full(path: &str, home: &str) -> String {
    if path.contains("src/") { path.to_owned() } else { format!("{home}/{path}") }
}

struct Table {
    head: Vec<String>,
    rows: Vec<(usize, Vec<String>)>,
}

impl Table {
    fn column(&self, name: &str) -> Option<usize> {
        self.head.iter().position(|cell| cell.eq_ignore_ascii_case(name))
    }
}

fn tables(text: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let mut within = false;
    for (number, line) in (1..).zip(text.lines()) {
        let Some(inner) = line.trim().strip_prefix('|') else {
            within = false;
            continue;
        };
        let cells: Vec<String> = inner.trim_end_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        let ruler = cells.iter().all(|cell| !cell.is_empty() && cell.chars().all(|mark| "-: ".contains(mark)));
        match tables.last_mut().filter(|_| within) {
            Some(_) if ruler => {}
            Some(table) => table.rows.push((number, cells)),
            None => tables.push(Table { head: cells, rows: vec![] }),
        }
        within = true;
    }
    tables
}

/// What stands in backticks.
fn ticked(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The paths of files and folders that a page names in backticks outside of blocks of code, with their lines.
pub fn paths(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut block = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            block = !block;
        } else if !block {
            let paths = ticked(line).filter(|word| is_path(word));
            found.extend(paths.map(|path| (number, path.to_owned())));
        }
    }
    found
}

fn is_path(word: &str) -> bool {
    let plain = word.chars().all(|mark| mark.is_ascii_alphanumeric() || "._-/".contains(mark));
    let ending = [".rs", ".md", ".toml", ".json", ".tar", ".sql", ".lua"].iter().any(|ending| word.ends_with(ending));
    plain && (ending && !word.starts_with('.') || word.trim_end_matches('/').contains('/') || word.ends_with('/'))
}
