use atdata::Packable;

#[derive(Packable)]
enum Label {
    Cat,
    Dog,
}

fn main() {}
