use atdata::Packable;

#[derive(Packable)]
#[packable(query)]
struct Photo {
    label: String,
}

#[derive(Packable)]
#[packable(query)]
struct Camera {
    model: String,
}

fn main() {
    let _ = Photo::label().eq("cat") & Camera::model().eq("x");
    let _ = Photo::label().then(Camera::model());
}
