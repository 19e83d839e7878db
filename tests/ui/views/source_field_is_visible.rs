use atdata::Packable;

mod archive {
    use atdata::Packable;

    #[derive(Packable, Clone)]
    pub struct Photo {
        pub label: String,
        rating: i64,
    }
}

#[derive(Packable)]
#[packable(view_of = archive::Photo)]
struct Labelled {
    label: String,
    rating: i64,
}

fn main() {}
