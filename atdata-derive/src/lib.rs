//! Derive macros of atdata.
