use atdata::Packable;

#[derive(Packable)]
struct Camera {
    model: String,
}

#[derive(Packable)]
struct Photo {
    cameras: Vec<Camera>,
}

fn main() {}
