use atdata::Packable;

#[derive(Packable)]
#[packable(layout = "members")]
struct Photo {
    #[packable(member = "JPG")]
    upper: Vec<u8>,
    #[packable(member = ".png")]
    dotted: Vec<u8>,
    #[packable(member = "img/webp")]
    folder: Vec<u8>,
    #[packable(member = "*.json")]
    pattern: Vec<u8>,
    #[packable(member = "a||b")]
    empty: Vec<u8>,
    #[packable(member = "a b")]
    space: Vec<u8>,
    #[packable(member = "__url__")]
    reserved: Vec<u8>,
}

fn main() {}
