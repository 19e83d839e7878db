use std::time::Duration;

use atdata::Packable;

mod only_read {
    use std::time::Duration;

    pub type Wire = u64;

    pub fn from_wire(millis: Wire) -> Result<Duration, String> {
        Ok(Duration::from_millis(millis))
    }
}

#[derive(Packable)]
struct Lap {
    #[packable(with = only_read)]
    length: Duration,
}

fn main() {}
