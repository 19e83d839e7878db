//! Reads a published dataset by its name: `read @handle/photos@1.0.0`, as another account where `READER_HANDLE` and
//! `READER_PASSWORD` name one. Nobody wrote the type: it is made of the published schema when this is built.

use atdata::atmosphere::Atmosphere;
use atdata::{Error, ErrorKind, LoadOptions, Result};

include!(concat!(env!("OUT_DIR"), "/schemas.rs"));

fn main() -> Result<()> {
    let usage = || Error::new(ErrorKind::InvalidInput, "usage: read @handle/name");
    let reference = std::env::args().nth(1).ok_or_else(usage)?;
    let network = network()?;

    let entry = network.entry(&reference)?;
    println!("found      {} of {}", entry.record.name, entry.uri);
    let photos = LoadOptions::new().atmosphere(&network).load::<Photo>(&reference)?.into_only()?;
    let (mut images, mut dogs) = (0, 0);
    for batch in photos.shuffled(42).batches(32) {
        let batch: PhotoBatch = batch?;
        images += batch.image.shape().first().copied().unwrap_or_default();
        dogs += batch.label.iter().filter(|label| *label == "dog").count();
    }
    println!("read       {images} photographs, {dogs} of them of dogs, as a generated type");
    assert_eq!((images, dogs), (200, 67));
    Ok(())
}

fn network() -> Result<Atmosphere> {
    let set = |name| std::env::var(name).ok();
    let builder = Atmosphere::builder();
    let builder = set("ATDATA_PDS_URL").into_iter().fold(builder, atdata::atmosphere::AtmosphereBuilder::pds);
    let builder = set("ATDATA_PLC_URL").into_iter().fold(builder, atdata::atmosphere::AtmosphereBuilder::plc);
    match (set("READER_HANDLE"), set("READER_PASSWORD")) {
        (Some(handle), Some(password)) => builder.login(&handle, &password),
        _ => builder.anonymous(),
    }
}
