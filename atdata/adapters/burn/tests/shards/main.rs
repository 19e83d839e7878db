//! The adapter on real shards, and what the pages of the library say of it.

mod dataset;
mod docs;
mod loader;
