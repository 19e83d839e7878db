use atdata::PackField;

#[derive(PackField)]
union Bits {
    float: f32,
    int: u32,
}

fn main() {}
