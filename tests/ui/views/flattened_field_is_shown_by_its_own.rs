use atdata::Packable;

#[derive(Packable, Clone)]
struct Lens {
    maker: String,
}

#[derive(Packable, Clone)]
struct Camera {
    model: String,
    #[packable(skip)]
    seen: bool,
    lens: Lens,
}

#[derive(Packable, Clone)]
struct Photo {
    label: String,
    #[packable(flatten)]
    camera: Camera,
}

#[derive(Packable)]
#[packable(view_of = Photo)]
struct Whole {
    camera: Camera,
}

#[derive(Packable)]
#[packable(view_of = Photo)]
struct Parts {
    #[packable(from = "camera.model")]
    model: String,
    #[packable(from = "camera.seen")]
    seen: bool,
}

#[derive(Packable)]
#[packable(view_of = Photo)]
struct Inside {
    #[packable(from = "camera.lens.maker")]
    maker: String,
}

#[derive(Packable)]
#[packable(view_of = Photo)]
struct Nothing {
    #[packable(from = "camera..model")]
    nothing: String,
}

#[derive(Packable)]
#[packable(view_of = Photo)]
struct Wrong {
    #[packable(from = "camera.modl")]
    name: String,
    model: String,
}

fn main() {}
