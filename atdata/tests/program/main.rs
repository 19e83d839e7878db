//! The program `atdata`, run as users run it.

mod cli;
mod foreign;
mod index;
#[cfg(feature = "atmosphere")]
mod network;
#[cfg(any(feature = "atmosphere", feature = "redis"))]
mod servers;
