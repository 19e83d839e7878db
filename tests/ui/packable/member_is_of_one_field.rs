use atdata::Packable;

#[derive(Packable)]
#[packable(layout = "members")]
struct Photo {
    #[packable(member = "jpg|png")]
    image: Vec<u8>,
    #[packable(member = "webp|png")]
    other: Vec<u8>,
    #[packable(member = "txt|txt")]
    text: String,
}

fn main() {}
