use atdata::Packable;

struct Camera {
    model: String,
}

#[derive(Packable)]
struct Photo {
    label: String,
    cameras: Vec<Camera>,
}

fn main() {}
