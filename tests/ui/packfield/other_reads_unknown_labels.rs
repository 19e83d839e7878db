use atdata::PackField;

#[derive(PackField)]
enum Split {
    Train,
    #[packable(other)]
    Unknown,
    #[packable(other)]
    Other(String),
}

#[derive(PackField)]
enum Animal {
    Cat,
    #[packable(other)]
    Other { name: String },
}

#[derive(PackField)]
enum Text {
    #[packable(other, rename = "x")]
    Other(String),
}

fn main() {}
