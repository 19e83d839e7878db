use atdata::Packable;

#[derive(Packable)]
struct CameraRef<'a> {
    model: &'a str,
}

#[derive(Packable)]
struct PhotoRef<'a> {
    model: &'a str,
    #[packable(flatten)]
    camera: CameraRef<'a>,
}

#[derive(Packable)]
struct TextRef<'a> {
    label: &'a str,
    #[packable(flatten)]
    text: &'a str,
}

#[derive(Packable)]
struct Owned {
    label: String,
    #[packable(flatten)]
    camera: CameraRef<'static>,
}

fn main() {}
