use atdata::Packable;

#[derive(Packable, Debug, Clone, PartialEq)]
struct Camera {
    model: String,
}

#[derive(Packable)]
struct Photo {
    label: String,
    #[packable(default)]
    camera: Camera,
}

fn main() {}
