//! The library as a user of the crate sees it: derives, errors, lenses, views, migrations and records.

#[cfg(feature = "records")]
mod cid;
mod converted;
mod derive;
mod flatten;
#[cfg(feature = "laws")]
mod laws;
mod lens;
#[cfg(feature = "records")]
mod lens_registry;
#[cfg(feature = "json")]
mod members;
mod messages;
#[cfg(feature = "records")]
mod migration;
#[cfg(feature = "records")]
mod migration_random;
mod mismatches;
mod nesting;
mod pack_field;
#[cfg(feature = "records")]
mod schema_record;
#[cfg(feature = "serde")]
mod serde;
mod uneven;
mod views;
