use atdata::PackField;

#[derive(PackField)]
enum Label {
    Cat,
    Dog(String),
    Other { name: String },
}

fn main() {}
