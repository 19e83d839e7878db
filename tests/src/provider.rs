//! Providers by URL.

use std::sync::Arc;

use atdata::index::{Postgres, Provider, Redis};

/// The provider for a URL of Redis or PostgreSQL.
pub fn connect(url: &str) -> atdata::Result<Arc<dyn Provider>> {
    if url.starts_with("postgres") { Ok(Arc::new(Postgres::connect(url)?)) } else { Ok(Arc::new(Redis::connect(url)?)) }
}
