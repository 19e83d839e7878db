use std::time::Duration;

use atdata::Packable;

mod times {
    mod millis {
        use std::time::Duration;

        pub type Wire = u64;

        pub fn from_wire(millis: Wire) -> Result<Duration, String> {
            Ok(Duration::from_millis(millis))
        }

        pub fn to_wire(value: &Duration) -> Wire {
            value.as_millis() as u64
        }
    }

    pub mod seconds {
        use std::time::Duration;

        pub type Wire = f64;

        pub fn from_wire(seconds: Wire) -> Result<Duration, String> {
            Ok(Duration::from_secs_f64(seconds))
        }

        fn to_wire(value: &Duration) -> Wire {
            value.as_secs_f64()
        }
    }
}

#[derive(Packable)]
struct Lap {
    #[packable(with = times::millis)]
    length: Duration,
    #[packable(with = times::seconds)]
    pause: Duration,
}

fn main() {}
