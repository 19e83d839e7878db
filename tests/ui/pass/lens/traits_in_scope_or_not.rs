//! Methods work without an import, and an import of the traits is not unused.
#![deny(warnings)]

mod types {
    #[derive(atdata::Packable, Debug, Clone, PartialEq)]
    pub struct Photo {
        pub label: String,
        pub size: i64,
    }

    #[derive(atdata::Packable, Debug, Clone, PartialEq)]
    pub struct Simplified {
        pub label: String,
    }

    #[derive(atdata::Packable, Debug, Clone, PartialEq)]
    pub struct Len {
        pub len: u64,
    }

    #[atdata::lens(put = relabel)]
    pub fn simplify(src: &Photo) -> Simplified {
        Simplified { label: src.label.clone() }
    }

    fn relabel(view: &Simplified, src: &Photo) -> Photo {
        Photo { label: view.label.clone(), ..src.clone() }
    }

    #[atdata::lens]
    pub fn len(src: &Simplified) -> Len {
        Len { len: src.label.len() as u64 }
    }

    pub fn photo() -> Photo {
        Photo { label: "cat".to_owned(), size: 3 }
    }
}

mod without {
    use super::types::{len, photo, simplify};

    pub fn main() {
        let view = simplify.get(&photo());
        assert_eq!(simplify.put(&view, &photo()), photo());
        let _composite = simplify.then(len);
        let _composite = simplify | len;
    }
}

mod with_get {
    use super::types::{photo, simplify};
    use atdata::Lens;

    pub fn main() {
        assert_eq!(simplify.get(&photo()).label, "cat");
    }
}

mod with_put {
    use super::types::{Simplified, photo, simplify};
    use atdata::PutLens;

    pub fn main() {
        assert_eq!(simplify.put(&Simplified { label: "dog".to_owned() }, &photo()).label, "dog");
    }
}

mod with_all {
    use super::types::{len, photo, simplify};
    use atdata::{Lens, PutLens};

    pub fn main() {
        let both = simplify.then(len);
        assert_eq!(both.get(&photo()).len, 3);
        assert_eq!((simplify | len).get(&photo()).len, 3);
        assert_eq!(simplify.put(&simplify.get(&photo()), &photo()), photo());
    }
}

fn main() {
    without::main();
    with_get::main();
    with_put::main();
    with_all::main();
}
