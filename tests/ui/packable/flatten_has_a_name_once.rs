use atdata::Packable;

#[derive(Packable, Clone)]
struct Camera {
    #[packable(alias = "title")]
    model: String,
    label: String,
    iso: i64,
}

#[derive(Packable, Clone)]
struct Film {
    iso: i64,
    #[packable(alias = "name")]
    maker: String,
}

#[derive(Packable)]
struct Photo {
    #[packable(flatten)]
    camera: Camera,
    label: String,
    #[packable(flatten)]
    film: Film,
}

#[derive(Packable)]
struct Titled {
    title: String,
    #[packable(flatten)]
    camera: Camera,
    #[packable(alias = "name")]
    author: String,
    #[packable(flatten)]
    film: Film,
}

fn main() {}
