//! The guard of the staircase: reads the imports of a checkout and holds them against the floors of `ARCHITECTURE.md`.
//!
//! Re-exports are followed to the file that defines a name, so that an import is judged by what it takes and not by what
//! it is called. Code that a `cfg` leaves out counts as well; tests, which may look anywhere, do not.
//!
//! `cargo run -p atdata-architecture -- [CHECKOUT [PAGE]]` prints rooms, arrows and circles, also of checkouts without
//! such a page; another page's floors can be tried on it.

mod arrows;
mod circles;
mod house;
mod page;
mod report;
mod resolve;
mod rules;
mod table;
#[cfg(test)]
mod tests;

pub use arrows::{Arrow, arrows};
pub use circles::circles;
pub use house::{House, Id, Module, Sources, sources};
pub use report::{Stays, file_circles, overview, room_circles};
pub use rules::{Fault, faults};
pub use table::{Floor, Map, paths};
