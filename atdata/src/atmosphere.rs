//! The AT Protocol network: datasets, schemas, labels and lenses as records that accounts publish.

pub mod record;
