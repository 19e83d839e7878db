use atdata::Packable;

#[derive(Packable)]
union Bits {
    int: u32,
    float: f32,
}

fn main() {}
