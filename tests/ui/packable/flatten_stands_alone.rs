use atdata::Packable;

#[derive(Packable, Clone)]
struct Camera {
    model: String,
}

#[derive(Packable, Clone)]
struct Place {
    lat: f64,
}

mod text {
    pub type Wire = String;

    pub fn to_wire(value: &super::Place) -> Wire {
        value.lat.to_string()
    }

    pub fn from_wire(wire: Wire) -> Result<super::Place, std::num::ParseFloatError> {
        wire.parse().map(|lat| super::Place { lat })
    }
}

#[derive(Packable)]
struct Photo {
    #[packable(flatten, rename = "body", alias = "camera", default = Camera { model: String::new() })]
    camera: Camera,
    #[packable(flatten, ragged, cast, shape = [2])]
    other: Camera,
    #[packable(flatten, with = text, required)]
    place: Place,
    #[packable(flatten, skip)]
    last: Place,
    #[packable(flatten = "all")]
    next: Place,
}

#[derive(Packable)]
#[packable(layout = "members")]
struct Members {
    #[packable(flatten, member = "camera.json")]
    camera: Camera,
    #[packable(flatten, codec = Csv)]
    other: Camera,
    #[packable(flatten, key)]
    place: Place,
    jpg: Vec<u8>,
}

fn main() {}
