// What the types cannot say of their record is a warning at its path.
#![deny(deprecated)]

mod odd {
    atdata::include_schema!("records/odd.json");
}

mod silent {
    #![allow(deprecated)]
    atdata::include_schema!("records/odd.json");
}

fn main() {
    let _ = (odd::Odd { x: 1 }, silent::Odd { x: 1 });
}
