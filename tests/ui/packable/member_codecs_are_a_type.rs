use atdata::Packable;

#[derive(Packable)]
#[packable(layout = "members", codecs = "Audio, Video")]
struct Sound {
    wav: Vec<f64>,
}

fn main() {}
