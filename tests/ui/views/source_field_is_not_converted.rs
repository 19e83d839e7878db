use std::time::Duration;

use atdata::Packable;

mod millis {
    use std::time::Duration;

    pub type Wire = u64;

    pub fn to_wire(value: &Duration) -> Wire {
        value.as_millis() as u64
    }

    pub fn from_wire(wire: Wire) -> Result<Duration, String> {
        Ok(Duration::from_millis(wire))
    }
}

#[derive(Packable, Clone)]
struct Lap {
    #[packable(with = millis)]
    length: Duration,
    runner: String,
}

#[derive(Packable)]
#[packable(view_of = Lap)]
struct Length {
    length: Duration,
}

#[derive(Packable)]
#[packable(view_of = Lap)]
struct Millis {
    #[packable(with = millis)]
    length: Duration,
}

fn main() {}
