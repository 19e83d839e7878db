//! `atdata index add`: a dataset that exists, held against its schema.

use atdata::index::{Index, InsertOptions, check_group, check_no_stream, check_sample};
use atdata::schema::SchemaRecord;
use atdata::{Dataset, DictSample, Error, ErrorKind, Group, Result};

use super::listed::View;
use crate::args::AddArgs;
use crate::console::Console;
use crate::json;
use crate::logger;
use crate::place::Place;
use crate::places::Given;
use crate::schema;
use crate::secrets::unsecret;
use crate::text::Plain;

/// So many samples are held against the schema.
const LOOKED_AT: usize = 3;

pub(super) fn add(args: &AddArgs, given: Given<'_>, console: &mut Console) -> Result<Vec<String>> {
    if args.lenient {
        logger::tolerate_shards();
    }
    let dataset = dataset(args, given)?;
    let read = args.members.applied(dataset.read_options());
    let dataset = dataset.with_options(read);
    check_no_stream(dataset.shards())?;
    let schema = schema(args, &dataset, given, console)?;
    if !args.unchecked {
        check(args, &dataset, schema.record())?;
    }
    // What is refused leaves no database behind.
    let index = given.index()?;
    let reference = schema.publish(&index, console)?;
    let before = index.label_of(&args.name)?;
    let entry = index.insert_with(&args.name, &dataset, &options(args, reference, console)?)?;
    let labels = index.labels_leading_to(&entry.cid)?;
    let view = View::new(args.json);
    for other in labels.iter().filter(|label| label.name != entry.name) {
        let name = view.plain(&other.name);
        console.note(&format_args!("these shards are known as {name} as well, which leads to the same entry"));
    }
    // Where a higher version is there, the name goes on meaning that; else it means this dataset, and not what it meant.
    let name = view.plain(&entry.name);
    if let Some(latest) = index.label_of(&entry.name)?.filter(|latest| latest.cid != entry.cid) {
        let version = latest.version.as_deref();
        let version = version.map_or_else(|| "the one that has none".to_owned(), |version| view.plain(version));
        console.note(&format_args!("{name} without a version means {version} still"));
    } else if let (None, Some(before)) = (&args.version, before.filter(|before| before.cid != entry.cid)) {
        let (before, cid) = (view.label_name(&before), view.plain(&before.cid));
        console.note(&format_args!(
            "{name} without a version means this dataset from now on, and no longer {before}, which led to {cid}"
        ));
    }
    Ok(if args.json {
        vec![json::line(&view.entry_json(&entry, &labels))]
    } else {
        vec![format!("{}  {}", view.plain(&entry.name), entry.cid)]
    })
}

/// The schema that a dataset is to have.
enum Schema {
    /// One of the index, by the reference to it.
    Known(String, SchemaRecord),
    /// That of a file.
    Given(SchemaRecord),
    /// One that the samples fit.
    Inferred(SchemaRecord),
}

impl Schema {
    fn record(&self) -> &SchemaRecord {
        let (Self::Known(_, record) | Self::Given(record) | Self::Inferred(record)) = self;
        record
    }

    /// Stores it where it is not yet, and gives the reference. One that its own samples contradict is not stored before: it
    /// would stand in the way of the right one.
    fn publish(self, index: &Index, console: &mut Console) -> Result<String> {
        match self {
            Self::Known(reference, _) => Ok(reference),
            Self::Given(record) => index.publish_record(&record).map(|reference| reference.to_string()),
            Self::Inferred(record) => {
                let reference = index.publish_next_record(&record)?.to_string();
                let shown = Plain(&reference).to_string();
                console.note(&format_args!("the schema is {shown}: `atdata schema show {shown}` shows it"));
                Ok(reference)
            }
        }
    }
}

fn schema(args: &AddArgs, dataset: &Dataset<DictSample>, given: Given<'_>, console: &mut Console) -> Result<Schema> {
    match &args.schema {
        Some(schema) => Ok(match schema::named(schema, given)? {
            (Some(reference), record) => Schema::Known(reference, record),
            (None, record) => Schema::Given(record),
        }),
        None if args.infer => {
            let inferred = dataset.infer(Some(&type_name(&args.name)), "1.0.0")?;
            schema::tell(&inferred, console);
            Ok(Schema::Inferred(inferred.record))
        }
        None => Err(Error::new(ErrorKind::InvalidInput, none_given(args))),
    }
}

/// What to write where no schema was given: the very commands.
fn none_given(args: &AddArgs) -> String {
    let name = type_name(&args.name);
    let shown = |text: &String| quoted(&unsecret(text));
    let shards: Vec<_> = args.shards.iter().map(shown).collect();
    let (dataset, first) = (shown(&args.name), shards.first().map_or("SHARDS", String::as_str));
    format!(
        "expected the schema of the samples: `--schema Name@1.0.0` for one of the index, or `--infer` for one that they fit; \
         to look that over before, `atdata schema infer {first} --name {name} -o {name}.json`, and then \
         `atdata index add {dataset} {} --schema {name}.json`",
        shards.join(" ")
    )
}

/// An argument as a shell takes it.
fn quoted(text: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(is_bare) {
        return text.to_owned();
    }
    format!("'{}'", Plain(text).to_string().replace('\'', r"'\''"))
}

/// The name of a type, made of that of a dataset: `MyPhotos` of `group/my-photos`.
fn type_name(dataset: &str) -> String {
    let last = dataset.rsplit(['/', ':']).next().unwrap_or_default();
    let words = last.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        first + letters.as_str()
    };
    let name: String = words.map(capital).collect();
    if name.starts_with(char::is_alphabetic) { name } else { format!("Sample{name}") }
}

/// One pattern stays one; more arguments, or what is no plain pattern, are a list.
fn dataset(args: &AddArgs, given: Given<'_>) -> Result<Dataset<DictSample>> {
    if let [one] = args.shards.as_slice() {
        return given.dataset(one);
    }
    let mut shards = Vec::new();
    let mut options = None;
    for text in &args.shards {
        let dataset = given.dataset(text)?;
        shards.extend(dataset.shards().to_vec());
        options.get_or_insert_with(|| dataset.read_options().clone());
    }
    Ok(Dataset::open(shards)?.with_options(options.unwrap_or_default()))
}

/// Holds the first samples against the schema, and the first one of each other shard: where shards are read to their end
/// for their checksums that is little.
fn check(args: &AddArgs, dataset: &Dataset<DictSample>, record: &SchemaRecord) -> Result<()> {
    let mut looked_at = 0;
    for shard in dataset.shards() {
        if looked_at > 0 && args.no_checksums {
            break;
        }
        let one = Dataset::<DictSample>::open(shard.clone())?.with_options(dataset.read_options().clone());
        let most = if looked_at == 0 { LOOKED_AT } else { 1 };
        looked_at += check_shard(&one, record, most).map_err(|error| error.with_shard(&shard.redacted()))?;
    }
    match (looked_at, dataset.shards().first()) {
        (0, Some(first)) => Err(Error::new(ErrorKind::NotFound, "there are no samples").with_shard(&first.redacted())),
        _ => Ok(()),
    }
}

/// Holds the first samples of a shard against the schema; how many there were.
fn check_shard(shard: &Dataset<DictSample>, record: &SchemaRecord, most: usize) -> Result<usize> {
    if shard.has_members()? {
        return check_members(shard, record, most);
    }
    let mut looked_at = 0;
    for sample in shard.ordered().with_keys().take(most) {
        let (key, sample) = sample?;
        check_sample(&record.schema, &sample).map_err(|error| error.with_key(&key))?;
        looked_at += 1;
    }
    Ok(looked_at)
}

/// Holds the members of the first samples against the schema.
fn check_members(shard: &Dataset<DictSample>, record: &SchemaRecord, most: usize) -> Result<usize> {
    if record.schema.layout.is_none() {
        let text = "the samples are those of plain WebDataset, each field a member, and the schema is of packed ones: \
                    `atdata schema infer` makes one that is not";
        return Err(Error::new(ErrorKind::SchemaMismatch, text));
    }
    let groups = Dataset::<Group>::open(shard.shards().to_vec())?.with_options(shard.read_options().clone());
    let mut looked_at = 0;
    for group in groups.ordered().take(most) {
        let group = group?;
        check_group(&record.schema, &group).map_err(|error| error.with_key(group.key()))?;
        looked_at += 1;
    }
    Ok(looked_at)
}

fn options(args: &AddArgs, reference: String, console: &mut Console) -> Result<InsertOptions> {
    let mut options = InsertOptions::new()
        .schema_ref(reference)
        .replace(args.replace)
        .checksums(!args.no_checksums)
        .lenient(args.lenient);
    if let Some(version) = &args.version {
        options = options.version(version);
    }
    if let Some(description) = &args.description {
        options = options.description(description);
    }
    if !args.tags.is_empty() {
        options = options.tags(&args.tags);
    }
    if let Some(license) = &args.license {
        options = options.license(license);
    }
    let transfer = console.progress.transfer(if args.store.is_some() { "copying" } else { "reading" });
    if let Some(place) = &args.store {
        options = Place::parse(place)?.insert_into(options, &args.name);
    }
    Ok(options.progress(move |bytes| transfer.add(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_named_as_datasets_are() {
        for (dataset, name) in [
            ("photos", "Photos"),
            ("group/my-photos", "MyPhotos"),
            ("2024", "Sample2024"),
            ("ImageNet_val", "ImageNetVal"),
            ("écrits 日本", "Écrits日本"),
            ("-", "Sample"),
        ] {
            assert_eq!(type_name(dataset), name);
        }
    }

    #[test]
    fn arguments_are_quoted_as_a_shell_takes_them() {
        assert_eq!(quoted("a/b-0.tar"), "a/b-0.tar");
        assert_eq!(quoted("a{0..1}.tar"), "'a{0..1}.tar'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
