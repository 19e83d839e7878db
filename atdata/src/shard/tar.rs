//! The tar format: headers, extended headers, and the member stream.

pub(crate) mod emit;
