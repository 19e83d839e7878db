use atdata::Packable;

#[derive(Packable)]
#[packable(layout = "members")]
struct Photo {
    #[packable(member = "csv", codec = "Csv")]
    points: Vec<f64>,
}

fn main() {}
