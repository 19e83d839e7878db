use atdata::{Packable, lens};

#[derive(Packable)]
struct Photo {
    label: String,
}

#[derive(Packable)]
struct LabelRef<'a> {
    label: &'a str,
}

#[lens]
fn label(src: &Photo) -> LabelRef<'_> {
    LabelRef { label: &src.label }
}

fn main() {}
