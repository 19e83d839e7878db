use atdata::Packable;

#[derive(Packable)]
struct Lease {
    path: String,
}

impl Drop for Lease {
    fn drop(&mut self) {}
}

fn main() {}
