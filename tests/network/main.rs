//! The AT Protocol network: accounts, records and blobs, on a real PDS and on servers that fail.

mod atmosphere;
mod atmosphere_faults;
mod federation;
mod manifests;
mod publishing;
