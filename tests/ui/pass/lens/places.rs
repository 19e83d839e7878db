//! Lenses in modules, functions and macros; of any visibility, name and attributes; of aliases.
#![deny(warnings)]
#![allow(unexpected_cfgs)]

use atdata::{Packable, lens};

#[derive(Packable, Debug, Clone, PartialEq)]
pub struct Photo {
    label: String,
    size: i64,
}

#[derive(Packable, Debug, Clone, PartialEq)]
pub struct Simplified {
    label: String,
}

type Source = Photo;

mod inner {
    use super::{Photo, Simplified};

    /// Private types between themselves.
    #[derive(atdata::Packable)]
    struct Hidden {
        label: String,
    }

    #[atdata::lens]
    fn hide(src: &Photo) -> Hidden {
        Hidden { label: src.label.clone() }
    }

    #[atdata::lens]
    pub(super) fn simplify(src: &Photo) -> Simplified {
        Simplified { label: hide.get(src).label }
    }

    #[::atdata::lens]
    pub(in crate::inner) fn back(Simplified { label }: &self::Simplified) -> super::Photo {
        Photo { label: label.clone(), size: 0 }
    }

    pub fn round(photo: &Photo) -> Photo {
        back.get(&simplify.get(photo))
    }
}

#[lens(through_only, put = |view, src| Photo { label: view.label.clone(), ..src.clone() })]
#[inline]
#[must_use]
#[allow(clippy::needless_pass_by_value)]
fn r#type(src: &Source) -> Simplified {
    Simplified { label: src.label.clone() }
}

/// Recursion is by the name of the function.
#[lens(through_only)]
fn count(src: &'_ Photo) -> Photo {
    if src.size < 0 { src.clone() } else { count(&Photo { label: src.label.clone(), size: src.size - 1 }) }
}

#[lens]
const fn empty(_: &Photo) -> Empty {
    Empty { label: None }
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Empty {
    label: Option<String>,
}

#[deprecated(note = "use `simplify`")]
#[lens(through_only, put = relabel)]
pub fn old(src: &Photo) -> Simplified {
    Simplified { label: src.label.clone() }
}

fn relabel(view: &Simplified, src: &Photo) -> Photo {
    Photo { label: view.label.clone(), ..src.clone() }
}

#[cfg(any())]
#[lens(put = nothing)]
fn never(src: &Nothing) -> Nowhere {}

#[lens(through_only)]
#[cfg(any())]
fn never(src: &Nothing) -> Nowhere {}

macro_rules! field {
    ($(#[$meta:meta])* $vis:vis $name:ident: $source:ty => $view:ident { $($field:ident),* } $(, $arg:tt)*) => {
        #[derive(Packable, Debug, Clone, PartialEq)]
        struct $view { $($field: i64),* }

        $(#[$meta])*
        #[lens($($arg)*)]
        $vis fn $name(src: $source) -> $view {
            $view { $($field: src.$field),* }
        }
    };
}

field!(
    /// The size.
    pub(crate) size: &Photo => Size { size }
);
field!(other: &crate::Photo => Other { size }, through_only);

mod by_name {
    #![no_implicit_prelude]

    use ::atdata::lens;

    #[lens(put = back, name = "rename", version = "2.0.0", description = "Says it.")]
    pub fn resize(src: &super::Photo) -> super::Resized {
        super::Resized { size: src.size }
    }

    fn back(view: &super::Resized, src: &super::Photo) -> super::Photo {
        super::Photo { size: view.size, ..::core::clone::Clone::clone(src) }
    }
}

#[derive(Packable, Debug, Clone, PartialEq)]
pub struct Resized {
    size: i64,
}

fn main() {
    let photo = Photo { label: "cat".to_owned(), size: 3 };
    assert_eq!(inner::simplify.get(&photo).label, "cat");
    assert_eq!(inner::round(&photo), Photo { size: 0, ..photo.clone() });
    assert_eq!(r#type.put(&Simplified { label: "dog".to_owned() }, &photo).label, "dog");
    assert_eq!(count.get(&photo).size, -1);
    assert_eq!(empty.get(&photo), Empty { label: None });
    assert_eq!((size.get(&photo), other.get(&photo)), (Size { size: 3 }, Other { size: 3 }));
    assert_eq!(by_name::resize.put(&Resized { size: 4 }, &photo).size, 4);
    assert_eq!(format!("{:?} {:?}", r#type, size), "type size");

    #[derive(Packable)]
    struct Local {
        label: String,
    }

    #[lens]
    fn local(src: &Photo) -> Local {
        Local { label: src.label.clone() }
    }
    assert_eq!(local.get(&photo).label, "cat");

    fn nested(photo: &Photo) -> i64 {
        #[lens]
        fn wide(src: &Photo) -> Wide {
            Wide { wide: src.size }
        }
        wide.get(photo).wide
    }
    assert_eq!(nested(&photo), 3);
}

#[derive(Packable)]
struct Wide {
    wide: i64,
}
