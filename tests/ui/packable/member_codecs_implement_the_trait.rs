use atdata::Packable;

struct Audio;

#[derive(Packable)]
#[packable(layout = "members", codecs = Audio)]
struct Sound {
    wav: Vec<f64>,
}

fn main() {}
