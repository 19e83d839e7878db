use atdata::Packable;

mod pixels {
    pub type Wire = Vec<u8>;

    pub fn to_wire(value: &String) -> Wire {
        value.clone().into_bytes()
    }

    pub fn from_wire(wire: Wire) -> Result<String, std::string::FromUtf8Error> {
        String::from_utf8(wire)
    }
}

#[derive(Packable)]
struct Photo {
    #[packable(with = pixels, ragged)]
    image: String,
    #[packable(with = pixels, skip)]
    mask: String,
}

fn main() {}
