//! The AT Protocol network: accounts, their records, and their blobs.
//!
//! An account keeps its records and blobs with a server, its PDS; a directory says which. An [`Atmosphere`] is a client of
//! all of them: it reads what any account has published, and writes what its own account does, once it is logged in.
//!
//! ```no_run
//! use atdata::atmosphere::Atmosphere;
//!
//! // Reading needs no account.
//! let atmosphere = Atmosphere::anonymous()?;
//! for record in atmosphere.list_records("alice.example.org", "science.alt.dataset.entry")? {
//!     let record = record?;
//!     println!("{} {}", record.uri, record.value["name"]);
//! }
//!
//! // An app password, never that of the account.
//! let atmosphere = Atmosphere::login("bob.example.org", "abcd-efgh-ijkl-mnop")?;
//! let blob = atmosphere.upload_blob(std::fs::read("train-000000.tar")?)?;
//! # Ok::<(), atdata::Error>(())
//! ```
//!
//! # What can be relied on
//!
//! - **Secrets are kept.** Passwords and tokens are in no error, log or `Debug`, should a server repeat them, too. They
//!   are sent to the server they are given for, and to the PDS that the account's own document names; redirects are not
//!   followed.
//! - **Servers are not trusted.** What a document names is asked only if it is `https` and no address of a private
//!   network, but for networks that are on this machine themselves. Answers are bounded, and checked to be about what was
//!   asked. A blob is checked against its CID. A record is not: whoever has to know that it is the author's own asks
//!   the author's PDS, as this client does, over an encrypted connection.
//! - **Nothing is done twice.** What failed for a passing reason is asked again, with pauses, as long as servers ask for;
//!   but what would be done twice is repeated only where the server did not hear it.
//! - **Blocking.** Calls block, and may come from many threads at once, inside and outside of an async runtime.
//!
//! Handles are looked up at the PDS that the client was given, then at their own host
//! (`https://{handle}/.well-known/atproto-did`); records of the DNS are not read, for which a PDS does. An account
//! that a handle leads to has to name that handle in its document. The other way round that is not checked: the handle in
//! the document of a DID is a claim.

mod blob;
mod find;
mod load;
mod problem;
mod publish;
pub mod record;

pub use self::find::Published;
pub use self::publish::PublishOptions;
pub use crate::atproto::{Account, Atmosphere, AtmosphereBuilder, RecordRef, RecordWrite, Records, StoredRecord, Swap};
