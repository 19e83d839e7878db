use atdata::{Packable, lens};

#[derive(Packable)]
struct Photo {
    label: String,
}

#[derive(Packable)]
struct Simplified {
    label: String,
}

fn main() {
    let suffix = "!";

    #[lens(put = |view, _| Photo { label: format!("{}{suffix}", view.label) })]
    fn simplify(src: &Photo) -> Simplified {
        Simplified { label: src.label.clone() }
    }
}
