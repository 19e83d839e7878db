use atdata::Packable;

#[derive(Packable)]
#[packable(query)]
struct Photo {
    label: String,
    image: Vec<u8>,
    tags: Vec<String>,
}

fn main() {
    let _ = Photo::label().contains("a");
    let _ = Photo::image().contains(1);
    let _ = Photo::tags().contains(1);
}
