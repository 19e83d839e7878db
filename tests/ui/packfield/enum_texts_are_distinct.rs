use atdata::PackField;

#[derive(PackField)]
#[packable(rename_all = "lowercase")]
enum Label {
    Cat,
    CAT,
    #[packable(rename = "cat")]
    Kitten,
}

fn main() {}
