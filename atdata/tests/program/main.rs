//! The program `atdata`, run as users run it.

#[cfg(feature = "barecat")]
mod barecat;
mod cli;
mod foreign;
mod index;
#[cfg(feature = "atmosphere")]
mod network;
#[cfg(any(feature = "atmosphere", feature = "redis"))]
mod servers;
