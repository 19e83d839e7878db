use atdata::Packable;

#[derive(Packable)]
struct Pose {
    angles: (f32, f32, f32, f32, f32, f32, f32, f32, f32),
}

fn main() {}
