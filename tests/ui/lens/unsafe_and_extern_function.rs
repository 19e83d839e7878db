use atdata::{Packable, lens};

#[derive(Packable)]
struct Photo {
    label: String,
}

#[derive(Packable)]
struct Simplified {
    label: String,
}

#[lens]
unsafe extern "C" fn simplify(src: &Photo) -> Simplified {
    Simplified { label: src.label.clone() }
}

fn main() {
    let photo = Photo { label: String::new() };
    let view = simplify.get(&photo);
    let _ = (simplify.put(&view, &photo), simplify | atdata::lens::from_fn(|view: &Simplified| view.label.len()));
    let _ = atdata::Dataset::<Photo>::open("photos.tar").unwrap().as_type::<Simplified>();
}
