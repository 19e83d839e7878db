//! The schema model: its JSON forms, references, changes and what follows from two schemas, on the fixtures of Python.

mod compat;
mod enums;
mod fingerprint;
mod lens;
mod lexicon;
mod local;
mod matching;
mod migrate;
mod random;
mod record;
mod reference;
mod support;
