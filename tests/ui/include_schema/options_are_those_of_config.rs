mod photo {
    atdata::include_schema!("records/photo.json", deriv("Photo", "Eq"));
}

mod rename {
    atdata::include_schema!("records/photo.json", rename("Photo"), hash_map("Photo", "x"), modules("Photo"));
}

mod nothing {
    atdata::include_schema!("records/photo.json", rename("Photo.imgae", "pixels"));
}

fn main() {}
