//! Datasets: from a name to shards, through them in an order, by way of lenses and views, and written.

mod bad;
mod barecat;
mod chosen;
mod composed;
mod contents;
mod dropped;
mod exports;
mod going_on;
mod images;
mod inferred;
mod iteration;
mod joined;
mod killed;
mod large;
mod lens_records;
mod load;
mod order;
mod packs;
mod padded;
mod partial;
mod paths;
mod process;
mod rust_beta;
mod together;
mod views_random;
mod writing;
