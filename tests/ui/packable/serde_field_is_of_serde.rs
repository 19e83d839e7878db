use atdata::Packable;

#[derive(Debug, Clone, PartialEq)]
struct Meta;

#[derive(Packable)]
struct Photo {
    #[packable(serde)]
    meta: Meta,
}

fn main() {}
