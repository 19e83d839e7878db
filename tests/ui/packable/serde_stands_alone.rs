use atdata::Packable;

mod text {
    pub type Wire = String;

    pub fn to_wire(value: &String) -> Wire {
        value.clone()
    }

    pub fn from_wire(wire: Wire) -> Result<String, String> {
        Ok(wire)
    }
}

#[derive(Packable, Clone)]
struct Photo {
    #[packable(serde, with = text)]
    label: String,
    #[packable(serde, required)]
    title: String,
    #[packable(serde = "rmp")]
    note: String,
}

fn main() {}
