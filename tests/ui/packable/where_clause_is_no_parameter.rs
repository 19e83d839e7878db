use atdata::Packable;

#[derive(Packable)]
struct Photo<'a, T>
where
    T: Clone,
{
    label: &'a str,
    value: T,
}

fn main() {}
