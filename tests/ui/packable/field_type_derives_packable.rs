use atdata::Packable;

struct Camera {
    model: String,
}

#[derive(Packable)]
struct Photo {
    label: String,
    camera: Camera,
}

fn main() {}
