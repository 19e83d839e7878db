//! Datasets: from a name to shards, through them in an order, by way of lenses and views, and written.

mod barecat;
mod contents;
mod dropped;
mod iteration;
mod killed;
mod large;
mod lens_records;
mod load;
mod order;
mod partial;
mod paths;
mod rust_beta;
mod views_random;
mod writing;
