use atdata::{Packable, lens};

#[derive(Packable)]
struct Photo {
    label: String,
}

#[derive(Packable)]
struct Simplified {
    label: String,
}

impl Photo {
    #[lens]
    fn simplify(&self) -> Simplified {
        Simplified { label: self.label.clone() }
    }
}

fn main() {}
