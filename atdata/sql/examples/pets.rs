//! A dataset of photos and one of captions, asked together: what is read of them, and the answer as a file of Parquet.

use std::sync::Arc;

use atdata::ndarray::Array3;
use atdata::{Packable, ShardWriter};
use atdata_sql::DatasetTable;
use atdata_sql::datafusion::arrow::util::pretty::print_batches;
use atdata_sql::datafusion::prelude::SessionContext;

#[derive(Packable)]
struct Photo {
    #[packable(shape = [64, 64, 3], dims = ["height", "width", "channel"])]
    image: Array3<u8>,
    label: String,
    taken: i64,
}

#[derive(Packable)]
struct Caption {
    text: String,
    stars: i64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("atdata-sql-pets-{}", std::process::id()));
    // Ten shards, with a manifest beside each.
    let photo = |i: i64| Photo {
        image: Array3::from_elem((64, 64, 3), u8::try_from(i % 256).unwrap_or_default()),
        label: ["cat", "dog", "cow"]
            .get(usize::try_from(i % 3).unwrap_or_default())
            .copied()
            .unwrap_or_default()
            .into(),
        taken: 2000 + i / 40,
    };
    let mut photos = ShardWriter::builder(folder.join("photos-%02d.tar")).max_count(100).manifest(true).build()?;
    let mut captions = ShardWriter::builder(folder.join("captions.tar")).build()?;
    for i in 0..1000 {
        let key = format!("{i:04}");
        photos.write_with_key(&key, &photo(i))?;
        captions.write_with_key(&key, &Caption { text: format!("photo {i}"), stars: i % 5 })?;
    }

    let context = SessionContext::new();
    context.register_table("photos", Arc::new(DatasetTable::of(photos.finish()?.open::<Photo>()?)?))?;
    context.register_table("captions", Arc::new(DatasetTable::of(captions.finish()?.open::<Caption>()?)?))?;
    let queries = [
        "select label, count(*) as photos, min(taken) as first from photos group by label order by label",
        // One of ten shards may have it, of which no image is decoded.
        "explain select __key__ from photos where taken = 2003 and label = 'cat'",
        "select p.label, c.text from photos p join captions c on p.__key__ = c.__key__ where c.stars = 4 order by c.text limit 3",
    ];
    for query in queries {
        println!("{query}");
        print_batches(&context.sql(query).await?.collect().await?)?;
    }
    let cats = folder.join("cats.parquet");
    let copy = format!("copy (select image, taken from photos where label = 'cat') to '{}'", cats.display());
    print_batches(&context.sql(&copy).await?.collect().await?)?;
    println!("{} bytes of Parquet", std::fs::metadata(&cats)?.len());
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
