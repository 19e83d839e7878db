use atdata::{Dataset, Packable};

#[derive(Packable)]
struct Signal {
    level: f32,
}

fn main() -> atdata::Result<()> {
    let levels = Dataset::<Signal>::open("signals.tar")?.map(|signal| signal.level);
    for batch in levels.batches(3) {
        drop(batch?);
    }
    Dataset::<String>::open("captions.tar")?;
    Ok(())
}
