use atdata::PackField;

#[derive(PackField, Clone)]
enum Split {
    Train,
    #[packable(other)]
    Other(u64),
}

fn main() {}
