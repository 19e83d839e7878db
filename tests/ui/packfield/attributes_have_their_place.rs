use atdata::{PackField, Packable};

#[derive(PackField, Debug, Clone, PartialEq)]
#[packable(rename = "x", rename_all = "snake", renam_all = "lowercase")]
enum Label {
    #[packable(rename_all = "lowercase")]
    Cat,
    #[packable(skip)]
    Dog,
}

#[derive(PackField, Debug, Clone, PartialEq)]
#[packable(rename_all = "lowercase")]
struct Celsius(f64);

// What stands in for the failed derives is silent.
#[derive(Packable)]
struct Photo {
    label: Label,
    temperature: Celsius,
}

fn main() {}
