use atdata::{PackField, Packable};

#[derive(PackField, Debug, Clone, PartialEq)]
struct Note(Option<String>);

#[derive(Packable)]
struct Photo {
    note: Option<Note>,
}

fn main() {}
