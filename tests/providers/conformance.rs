//! What the documentation of providers promises.

use atdata::Result;
use atdata::conformance::provider::{Subject, all};
use atdata::index::{Postgres, Redis};

use crate::{postgres_schema, redis};

#[track_caller]
fn check(make: &dyn Fn() -> Result<Subject>) {
    let failures: Vec<_> = all().into_iter().filter_map(|check| check.run(make).err()).collect();
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn redis_keeps_every_promise() {
    check(&|| {
        let url = redis().database();
        Ok(Subject::new(Redis::connect(&url)?).with_second(Redis::connect(&url)?))
    });
}

#[test]
fn postgres_keeps_every_promise() {
    check(&|| {
        let url = postgres_schema();
        Ok(Subject::new(Postgres::connect(&url)?).with_second(Postgres::connect(&url)?))
    });
}
