use atdata::Packable;

mod millis {
    pub type Wire = u64;

    pub fn to_wire(value: &u64) -> Wire {
        *value
    }

    pub fn from_wire(wire: Wire) -> u64 {
        wire
    }
}

#[derive(Packable)]
struct Lap {
    #[packable(with = millis)]
    length: std::time::Duration,
}

fn main() {}
