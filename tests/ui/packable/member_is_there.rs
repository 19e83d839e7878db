use atdata::Packable;

#[derive(Packable)]
#[packable(layout = "members", path = "{class}/{id}")]
struct Photo {
    class: String,
    id: String,
}

fn main() {}
