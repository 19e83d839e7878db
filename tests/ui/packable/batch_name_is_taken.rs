// The first error is the compiler's, and says it all. Those behind it come of the derives of the batch, the standard
// library's among them, which can name their type only as the user would, and that name is the other struct's: no
// expansion can silence them.

use atdata::Packable;

#[derive(Packable)]
struct Photo {
    label: String,
}

struct PhotoBatch {
    photos: Vec<Photo>,
}

fn main() {}
