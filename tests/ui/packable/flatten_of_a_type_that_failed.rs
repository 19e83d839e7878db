use atdata::Packable;

#[derive(Packable, Clone)]
struct Camera {
    #[packable(renam = "x")]
    model: String,
}

#[derive(Packable, Clone)]
struct Photo {
    label: String,
    #[packable(flatten)]
    camera: Camera,
}

#[derive(Packable)]
#[packable(view_of = Photo)]
struct View {
    #[packable(from = "camera.model")]
    model: String,
}

fn main() {
    let _ = Photo::SCHEMA;
}
