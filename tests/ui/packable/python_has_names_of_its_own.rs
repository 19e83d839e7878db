use atdata::Packable;

#[derive(Packable)]
#[packable(python, name = "None")]
struct Photo {
    class: String,
    #[packable(rename = "file-name")]
    file_name: String,
    #[packable(rename = "kind")]
    r#type: String,
}

fn main() {}
