use atdata::Packable;

#[derive(Packable)]
#[packable(query)]
struct Photo {
    tags: Vec<String>,
    is_new: bool,
}

fn main() {
    let _ = Photo::tags().gt("a");
    let _ = Photo::is_new().gt(false);
}
