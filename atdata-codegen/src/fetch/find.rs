//! Finding a record: the one at an address, and the one of a name and version.

use atdata_schema::{SchemaRecord, latest_version};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::Value;

use super::exchange::{Failure, Question, quoted};
use super::{Account, Network, Published, in_order};

const COLLECTIONS: [&str; 3] =
    ["science.alt.dataset.schema", "ac.foundation.dataset.schema", "ac.foundation.dataset.sampleSchema"];

/// A record as a server takes it, and its address around it.
const LARGEST_RECORD: usize = (1 << 20) + (4 << 10);
const PAGE: usize = 50;
/// No account has as many schemas; a server that goes on and on is left.
const PAGES: usize = 2000;
/// As many versions or names as an error tells.
const TOLD: usize = 20;

impl Network {
    pub(super) fn record(&self, authority: &str, collection: &str, key: &str) -> Result<Published, Failure> {
        let is_key = |c: char| c.is_ascii_alphanumeric() || "._:~-".contains(c);
        if key.len() > 512 || matches!(key, "." | "..") || !key.chars().all(is_key) {
            let message =
                format!("expected the key of a record: letters, digits and any of `.-_:~`, found \"{}\"", quoted(key));
            return Err(Failure::Other(message));
        }
        let account = self.account(authority)?;
        let what = "com.atproto.repo.getRecord";
        let question = Question { what, server: &account.pds, limit: LARGEST_RECORD };
        let mut url = account.pds.url(&["xrpc", what]);
        url.query_pairs_mut()
            .append_pair("repo", &account.did)
            .append_pair("collection", collection)
            .append_pair("rkey", key);
        let mut answer = self.exchange.json(question, url)?;
        let uri = format!("at://{}/{collection}/{key}", account.did);
        let listed = Listed::parse(&mut answer).filter(|listed| listed.uri == uri);
        listed
            .map(|listed| listed.of(account.handle))
            .ok_or_else(|| question.failed("expected the record, found another"))
    }

    pub(super) fn named(&self, authority: &str, name: &str, version: Option<&str>) -> Result<Published, Failure> {
        let account = self.account(authority)?;
        let (mut of_name, mut other_names) = (Vec::new(), Vec::new());
        for collection in COLLECTIONS {
            self.list(&account, collection, |listed| match listed.name() {
                Some(own) if own == name => of_name.push(listed),
                Some(own) if !other_names.iter().any(|known| known == own) => other_names.push(own.to_owned()),
                _ => {}
            })?;
        }
        let versions: Vec<String> = of_name.iter().map(Listed::version).collect();
        let wanted = match version {
            Some(version) => Some(version.to_owned()),
            None => latest_version(&versions).map(|latest| latest.to_string()),
        };
        let newest = of_name
            .into_iter()
            .filter(|listed| Some(listed.version()) == wanted)
            .max_by(|a, b| a.rank().cmp(&b.rank()));
        newest.map(|listed| listed.of(account.handle)).ok_or_else(|| {
            let wanted = wanted.map_or_else(|| name.to_owned(), |wanted| format!("{name}@{wanted}"));
            let there = if versions.is_empty() { told("schemas", other_names) } else { told("versions", versions) };
            Failure::Missing(format!("{authority} has published no schema {}; {there}", quoted(&wanted)))
        })
    }

    /// Gives each record of a collection away, page by page.
    fn list(&self, account: &Account, collection: &str, mut take: impl FnMut(Listed)) -> Result<(), Failure> {
        let what = "com.atproto.repo.listRecords";
        let question = Question { what, server: &account.pds, limit: PAGE * LARGEST_RECORD };
        let place = format!("at://{}/{collection}/", account.did);
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES {
            let mut url = account.pds.url(&["xrpc", what]);
            url.query_pairs_mut()
                .append_pair("repo", &account.did)
                .append_pair("collection", collection)
                .append_pair("limit", &PAGE.to_string());
            if let Some(cursor) = &cursor {
                url.query_pairs_mut().append_pair("cursor", cursor);
            }
            let mut answer = self.exchange.json(question, url)?;
            let Some(Value::Array(records)) = answer.get_mut("records").map(Value::take) else {
                return Err(question.failed("expected `records`"));
            };
            let next = answer.get("cursor").and_then(Value::as_str).filter(|_| !records.is_empty());
            for mut record in records {
                let listed = Listed::parse(&mut record).filter(|listed| listed.uri.starts_with(&place));
                take(listed.ok_or_else(|| question.failed(format_args!("expected records at {place}…")))?);
            }
            match next {
                None => return Ok(()),
                Some(next) if cursor.as_deref() == Some(next) => {
                    return Err(question.failed("it sends the same page again"));
                }
                Some(next) => cursor = Some(next.to_owned()),
            }
        }
        Err(question.failed(format_args!("it sends more than {} records", PAGES * PAGE)))
    }
}

/// A record, as a server gives it.
#[derive(Debug)]
struct Listed {
    uri: String,
    cid: Option<String>,
    value: Value,
}

impl Listed {
    fn parse(json: &mut Value) -> Option<Self> {
        let cid = json.get("cid").and_then(Value::as_str).map(str::to_owned);
        let uri = json.get("uri")?.as_str()?.to_owned();
        let value = json.get_mut("value").map(Value::take).filter(Value::is_object)?;
        Some(Self { uri, cid, value })
    }

    fn of(self, handle: Option<String>) -> Published {
        Published { record: in_order(self.value), uri: self.uri, cid: self.cid, handle }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.value.get(key).and_then(Value::as_str)
    }

    fn name(&self) -> Option<&str> {
        self.text("name")
    }

    /// A record without one is of the first.
    fn version(&self) -> String {
        self.text("version").unwrap_or("1.0.0").to_owned()
    }

    /// By which the one that counts is the greatest: what can be read, then the later instant, then the later key.
    fn rank(&self) -> (bool, Option<DateTime<Utc>>, &str) {
        let key = self.uri.rsplit('/').next().unwrap_or_default();
        (SchemaRecord::from_json(&self.value).is_ok(), self.text("createdAt").and_then(instant), key)
    }
}

/// A time without an offset is taken for UTC.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let with_offset = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    with_offset.or_else(|_| text.parse::<NaiveDateTime>().map(|time| time.and_utc())).ok()
}

/// What there is instead.
fn told(what: &str, mut names: Vec<String>) -> String {
    names.sort();
    names.dedup();
    if names.is_empty() {
        return "there are none".to_owned();
    }
    let more = names.len().saturating_sub(TOLD);
    let shown: Vec<String> = names.iter().take(TOLD).map(|name| quoted(name)).collect();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("the {what} that there are: {}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn listed(key: &str, time: &str, fields: &Value) -> Listed {
        let value = json!({"name": "T", "version": "1.0.0", "createdAt": time, "fields": fields});
        Listed { uri: format!("at://did:plc:a/science.alt.dataset.schema/{key}"), cid: None, value }
    }

    #[test]
    fn the_newest_record_that_can_be_read_counts() {
        let order = [
            listed("z", "2026-03-09T12:00:00Z", &json!(3)),
            listed("y", "", &json!([])),
            listed("x", "2026-03-01T12:00:00+02:00", &json!([])),
            listed("a", "2026-03-01T11:00:00Z", &json!([])),
            listed("b", "2026-03-01T13:00:00+02:00", &json!([])),
        ];
        for pair in order.windows(2) {
            assert!(pair[0].rank() < pair[1].rank(), "{pair:?}");
        }
    }

    #[test]
    fn what_there_is_is_told_up_to_a_number() {
        let versions = (10..32).map(|number| number.to_string()).collect();
        let text = told("versions", versions);
        assert!(
            text.starts_with("the versions that there are: 10, 11, ") && text.ends_with(", 29 and 2 more"),
            "{text}"
        );
        assert_eq!(told("schemas", Vec::new()), "there are none");
        assert_eq!(told("schemas", vec!["a\n".to_owned(), "a\n".to_owned()]), "the schemas that there are: a\\u{a}");
    }
}
