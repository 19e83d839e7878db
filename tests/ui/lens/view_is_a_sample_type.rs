use atdata::{Packable, lens};

#[derive(Packable)]
struct Photo {
    label: String,
}

#[lens]
fn label(src: &Photo) -> String {
    src.label.clone()
}

fn main() {
    let _ = label.get(&Photo { label: String::new() });
}
