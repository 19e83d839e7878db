use atdata::PackField;

#[derive(PackField)]
enum Label {
    Cat,
    Dog,
}

fn main() {}
