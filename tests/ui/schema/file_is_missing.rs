use atdata::Packable;

#[derive(Packable)]
#[packable(schema = "records/phto.json")]
struct Photo {
    label: String,
}

// A folder is there, and no file.
#[derive(Packable)]
#[packable(schema = "records")]
struct Folder {
    label: String,
}

fn main() {
    let photo = Photo { label: "cat".to_owned() };
    println!("{:?}", photo.pack());
}
