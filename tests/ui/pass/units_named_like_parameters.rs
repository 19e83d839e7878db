//! A lens is a unit struct, and a unit struct is a pattern: no parameter of an expansion has a name that a user may give.

use atdata::{Packable, lens};

#[derive(Packable, Debug, Clone)]
#[packable(batch = "r#Columns")]
struct Photo {
    n: i64,
}

#[derive(Packable, Debug)]
struct Sub {
    n: i64,
}

#[lens]
fn index(photo: &Photo) -> Sub {
    Sub { n: photo.n }
}

#[lens(through_only)]
fn samples(photo: &Photo) -> Sub {
    Sub { n: photo.n }
}

fn main() {
    let photo = Photo { n: 3 };
    assert_eq!((index.get(&photo).n, samples.get(&photo).n), (3, 3));
    let batch: Columns = Columns::from_samples([photo]).unwrap();
    assert_eq!(batch.n, [3]);
}
