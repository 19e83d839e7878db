use atdata::Packable;

struct Cache(u32);

#[derive(Packable)]
struct Photo {
    label: String,
    #[packable(skip)]
    cache: Cache,
}

fn main() {}
