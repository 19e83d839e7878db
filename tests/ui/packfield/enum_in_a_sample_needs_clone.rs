use atdata::{PackField, Packable};

#[derive(PackField)]
enum Label {
    Cat,
    Dog,
}

#[derive(Packable)]
struct Photo {
    label: Label,
    others: Vec<Label>,
}

fn main() {
    let _ = Photo { label: Label::Cat, others: vec![Label::Dog] }.pack();
}
