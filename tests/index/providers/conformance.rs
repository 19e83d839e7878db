//! What the documentation of providers promises.

use std::sync::atomic::{AtomicUsize, Ordering};

use atdata::Result;
use atdata::conformance::provider::{Subject, all};
use atdata::index::{Document, DocumentKind, Postgres, Redis, Sqlite};
use atdata_tests::provider::connect;
use atdata_tests::services::{BadNetwork, Weather};

use super::broken::{Broken, Fault};
use super::{entry, labelled, postgres, postgres_schema, redis};

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

#[test]
fn sqlite_keeps_every_promise() {
    let folder = tempfile::tempdir().unwrap();
    let number = AtomicUsize::new(0);
    check(&|| {
        let path = folder.path().join(format!("{}.db", number.fetch_add(1, Ordering::Relaxed)));
        Ok(Subject::new(Sqlite::open(&path)?).with_second(Sqlite::open(&path)?))
    });
}

/// The same over a network where answers take their time and connections break: what a call did not get is asked for
/// again.
#[test]
fn every_promise_is_kept_over_a_bad_network() {
    let to_redis = BadNetwork::start(&redis().address(), Weather { cut_requests: 40, ..Weather::default() });
    check(&|| {
        let url = redis().database().replace(&redis().address(), &to_redis.address());
        Ok(Subject::new(Redis::connect(&url)?).with_second(Redis::connect(&url)?))
    });
    let to_postgres = BadNetwork::start(&postgres().address(), Weather { cut_requests: 40, ..Weather::default() });
    check(&|| {
        let url = postgres_schema().replace(&postgres().address(), &to_postgres.address());
        Ok(Subject::new(Postgres::connect(&url)?).with_second(Postgres::connect(&url)?))
    });
    for proxy in [to_redis, to_postgres] {
        assert!(proxy.cuts() > 20, "only {} connections were cut", proxy.cuts());
    }
}

/// What was done although its answer was lost is not done a second time, and not reported as undone.
#[test]
fn lost_answers_change_nothing() {
    let weather = Weather { cut_answers: 12, ..Weather::default() };
    let to_redis = BadNetwork::start(&redis().address(), weather);
    let to_postgres = BadNetwork::start(&postgres().address(), weather);
    for url in [
        redis().database().replace(&redis().address(), &to_redis.address()),
        postgres_schema().replace(&postgres().address(), &to_postgres.address()),
    ] {
        let provider = connect(&url).unwrap();
        for number in 0..200 {
            let entry = entry(&format!("dataset {number}"), number);
            provider.register(&entry, &labelled(&entry)).unwrap();
            let document = Document::new(format!("Type{number}"), "1.0.0", number.to_string());
            assert!(provider.add_document(DocumentKind::Schema, &document).unwrap(), "{document:?}");
            let other = Document::new(format!("Type{number}"), "1.0.0", "another");
            assert!(!provider.add_document(DocumentKind::Schema, &other).unwrap(), "{document:?}");
            assert_eq!(provider.resolve(&entry.name, None).unwrap(), Some(entry));
        }
        assert_eq!(provider.entries().unwrap().len(), 200);
        assert_eq!(provider.labels().unwrap().len(), 200);
    }
    assert!(to_redis.cuts() > 10 && to_postgres.cuts() > 10, "{} {}", to_redis.cuts(), to_postgres.cuts());
}

/// The checks are of no use if they let everything pass.
#[test]
fn a_provider_that_forgets_fails_the_checks() {
    let failures = |fault: Fault| {
        let make = || Ok(Broken { provider: Sqlite::in_memory()?, fault }.into());
        let failures = all().into_iter().filter_map(|check| check.run(&make).err());
        failures.map(|failure| failure.check().to_owned()).collect::<Vec<_>>()
    };
    for (fault, check) in [
        (Fault::Metadata, "metadata_of_all_kinds_come_back"),
        (Fault::EmptyMetadata, "empty_metadata_are_not_none"),
        (Fault::Urls, "a_large_entry_comes_back"),
        (Fault::Description, "a_label_is_found_by_its_version"),
        (Fault::Latest, "the_latest_label_is_the_one_that_was_set_last"),
        (Fault::Pattern, "a_name_is_no_pattern"),
        (Fault::Name, "without_a_label_the_name_of_the_entry_leads"),
        (Fault::Document, "a_document_is_added_once"),
        (Fault::Removed, "a_removed_entry_is_gone"),
    ] {
        let failures = failures(fault);
        assert!(failures.iter().any(|failed| failed == check), "{fault:?}: {failures:?}");
    }
}
