use atdata::Packable;

struct Größe;

#[derive(Packable)]
#[packable(layout = "members", codecs = self::Größe)]
struct Photo {
    #[packable(member = "csv", codec = Zähler)]
    points: Vec<f64>,
}

#[derive(Packable)]
#[packable(layout = "members", codecs = Self)]
struct Own {
    points: Vec<f64>,
}

fn main() {}
