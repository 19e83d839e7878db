//! Indexes: in SQLite files, and in Redis and PostgreSQL on real servers.

mod providers;
mod sqlite;
