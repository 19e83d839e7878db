use atdata::Packable;

#[derive(Packable, Clone)]
struct Camera {
    model: String,
}

#[derive(Packable, Clone)]
struct Photo {
    label: String,
    #[packable(flatten)]
    camera: Camera,
}

#[derive(Packable)]
#[packable(layout = "members")]
struct Members {
    #[packable(key)]
    id: String,
    #[packable(flatten)]
    camera: Camera,
}

#[derive(Packable)]
#[packable(view_of = Photo)]
struct View {
    #[packable(flatten)]
    camera: Camera,
}

#[derive(Packable)]
#[packable(python)]
struct Python {
    #[packable(flatten)]
    camera: Camera,
}

fn main() {}
