//! Places: what the arguments of all commands may name, and what the command line says of indexes and of whom to trust.

#[cfg(feature = "atmosphere")]
use atdata::atmosphere::record::AtUri;
use atdata::index::{Index, IndexBuilder, Reference};
#[cfg(feature = "atmosphere")]
use atdata::schema::SchemaReference;
use atdata::source::{Schemes, shard_suffix};
use atdata::{Dataset, DictSample, Error, ErrorKind, LoadOptions, Result};

/// What is said before or behind all commands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Given<'a> {
    /// The URL of the index.
    pub(crate) index: Option<&'a str>,
    /// What others may name, if more than usual.
    pub(crate) schemes: Option<Schemes>,
}

impl Given<'_> {
    /// The index, to be written to.
    pub(crate) fn index(self) -> Result<Index> {
        self.builder()?.build()
    }

    /// The index, to look something up: nothing is made of what is not there.
    pub(crate) fn reading(self) -> Result<Index> {
        self.builder()?.read_only().build()
    }

    /// The index, to look `reference` up, which may be one of the network.
    pub(crate) fn reading_for(self, reference: &str) -> Result<Index> {
        let builder = self.builder()?.read_only();
        #[cfg(feature = "atmosphere")]
        if is_of_network(reference) {
            let index = builder.atmosphere(&of_network(reference)?).build()?;
            crate::console::begin();
            return Ok(index);
        }
        #[cfg(not(feature = "atmosphere"))]
        let _ = reference;
        builder.build()
    }

    fn builder(self) -> Result<IndexBuilder> {
        let mut builder = Index::builder();
        if let Some(url) = self.index {
            builder = builder.provider_at(url)?;
        }
        // What the command line says is not looked for in the environment.
        let builder = builder.from_env()?;
        Ok(match self.schemes {
            Some(schemes) => builder.schemes(schemes),
            None => builder,
        })
    }

    /// The shards of what an argument names: a path, a pattern, a folder, a URL, a dataset of the index or of the network.
    pub(crate) fn dataset(self, text: &str) -> Result<Dataset<DictSample>> {
        #[cfg(feature = "atmosphere")]
        if is_of_network(text) {
            let loader = LoadOptions::new().atmosphere(&of_network(text)?);
            crate::console::begin();
            return loader.schemes(self.schemes.unwrap_or_default()).check_schema(false).load_all(text);
        }
        if is_reference(text) {
            text.parse::<Reference>()?;
            let index = self.reading()?;
            crate::console::begin();
            return index.dataset(text);
        }
        match LoadOptions::new().load_all(text) {
            // A name such as `mnist@1.0.0`, which no file has.
            Err(error) if error.kind() == ErrorKind::NotFound && is_name(text) => {
                let Ok(index) = self.reading() else { return Err(error) };
                let is_there = std::path::Path::new(text).exists();
                index.dataset(text).map_err(|of_index| if is_there { error } else { neither(error, &of_index) })
            }
            found => found,
        }
    }
}

/// The error of a name that is neither that of a file nor that of a dataset.
fn neither(of_files: Error, of_index: &Error) -> Error {
    if of_index.kind() != ErrorKind::NotFound {
        return of_files;
    }
    let shard = of_files.shard().unwrap_or_default().to_owned();
    Error::new(ErrorKind::NotFound, format!("no file or folder, and {of_index}")).with_shard(&shard)
}

/// Whether that is a reference to a dataset, and no path or URL of shards.
pub(crate) fn is_reference(text: &str) -> bool {
    ["@", "at://", "atdata://"].iter().any(|begin| text.starts_with(begin))
}

/// Whether a reference leads to the network: this program knows no repository but `local`.
#[cfg(feature = "atmosphere")]
pub(crate) fn is_of_network(text: &str) -> bool {
    let local = ["@local/", "atdata://local/"];
    is_reference(text) && !local.iter().any(|begin| text.starts_with(begin))
}

/// The client for a reference to a dataset or schema of the network, which it has to be before anybody is asked.
#[cfg(feature = "atmosphere")]
fn of_network(reference: &str) -> Result<atdata::atmosphere::Atmosphere> {
    if reference.starts_with("at://") {
        reference.parse::<AtUri>()?;
    } else if reference.parse::<SchemaReference>().is_err() {
        reference.parse::<Reference>()?;
    }
    crate::session::reader()
}

fn is_name(text: &str) -> bool {
    shard_suffix(text).is_none() && !text.contains(['{', '*', '?', '[', ':']) && !text.starts_with(['.', '/', '~'])
}
