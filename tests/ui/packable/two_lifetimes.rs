use atdata::Packable;

#[derive(Packable)]
struct Photo<'a, 'b> {
    label: &'a str,
    note: &'b str,
}

fn main() {}
