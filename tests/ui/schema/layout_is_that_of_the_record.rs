use atdata::Packable;
use ndarray::Array3;

#[derive(Packable)]
#[packable(schema = "records/shot.json", name = "Shot", layout = "members", path = "{split}/{id}")]
struct Right {
    split: String,
    id: String,
    #[packable(member = "jpg|jpeg")]
    image: Vec<u8>,
}

#[derive(Packable)]
#[packable(schema = "records/shot.json", name = "Shot")]
struct Packed {
    split: String,
    id: String,
    image: Vec<u8>,
}

#[derive(Packable)]
#[packable(schema = "records/shot.json", name = "Shot", layout = "members", path = "{split}-{id}")]
struct OtherKey {
    split: String,
    id: String,
    #[packable(member = "jpg|jpeg")]
    image: Vec<u8>,
}

#[derive(Packable)]
#[packable(schema = "records/shot.json", name = "Shot", layout = "members", path = "{split}/{id}")]
struct OtherMember {
    split: String,
    id: String,
    #[packable(member = "jpg")]
    image: Vec<u8>,
}

#[derive(Packable)]
#[packable(schema = "records/photo.json", name = "Photo", layout = "members")]
struct Members {
    image: Array3<u8>,
    label: String,
    confidence: Option<f64>,
}

fn main() {}
