use atdata::Packable;

#[derive(Packable, Clone)]
struct Camera {
    model: String,
}

type Maybe<T> = Option<T>;

#[derive(Packable)]
struct Photo {
    label: String,
    #[packable(flatten)]
    camera: Option<Camera>,
}

#[derive(Packable)]
struct Other {
    label: String,
    #[packable(flatten)]
    camera: Maybe<Camera>,
    #[packable(flatten)]
    cameras: Vec<Camera>,
}

fn main() {}
