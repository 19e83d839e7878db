// The code that uses a field is held against the record.
atdata::include_schema!("records/photo.json");

fn look(photo: Photo) {
    let _: ndarray::Array3<f64> = photo.image;
    let _ = photo.lable;
}

fn main() {}
