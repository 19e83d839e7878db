use atdata::Packable;

#[derive(Packable)]
#[packable(query)]
struct Photo {
    label: String,
}

fn main() {
    let _ = Photo::lable().eq("cat");
}
