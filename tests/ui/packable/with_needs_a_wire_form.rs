use atdata::Packable;

#[derive(Debug, Clone, PartialEq)]
struct Instant;

mod unknown {
    pub type Wire = std::time::Instant;

    pub fn to_wire(_: &super::Instant) -> Wire {
        Wire::now()
    }

    pub fn from_wire(_: Wire) -> Result<super::Instant, String> {
        Ok(super::Instant)
    }
}

#[derive(Packable)]
struct Lap {
    #[packable(with = unknown)]
    start: Instant,
}

fn main() {}
