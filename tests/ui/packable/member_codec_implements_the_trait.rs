use atdata::Packable;

struct Csv;

#[derive(Packable)]
#[packable(layout = "members")]
struct Photo {
    #[packable(member = "csv", codec = Csv)]
    points: Vec<f64>,
}

fn main() {}
