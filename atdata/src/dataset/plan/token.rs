//! The token: where a run stands, and what that depends on.

use std::fmt::{self, Write as _};

use atdata_schema::{OwnedSchema, Schema};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::error::PlanError;
use super::{Beyond, Plan, Progress, Tail};
use crate::dataset::catalog::Catalog;
use crate::digest::hex;
use crate::error::Result;
use crate::order::Order;
use crate::source::Shard;

const VERSION: u64 = 1;
/// A token has no more bytes than this.
const MOST: usize = 1024;
/// Groups of shards that a token can tell apart.
const GROUPS: usize = 16;
/// Hexadecimal digits that it has of each of them.
const DIGITS: usize = 8;

/// What a dataset is, as far as resuming goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    schema: String,
    data: String,
    /// Of each group of shards the first digits of its own digest: to say which of them are others.
    groups: String,
    /// Names of the first and the last shard of each group.
    names: Vec<(String, String)>,
    shards: u64,
    samples: u64,
    /// What of the parts an epoch has, where that is not all of them as they are: a fingerprint, and as it is told.
    parts: Option<(String, String)>,
}

impl Identity {
    /// A digest of what is in the shards.
    pub(super) fn state(&self) -> &str {
        self.data.get(..16).unwrap_or(&self.data)
    }

    /// Of parts, whose samples are in the catalogue one behind the other.
    pub(super) fn new<'a>(
        parts: impl Iterator<Item = (&'a Schema, &'a [Shard])>,
        catalog: &Catalog,
        parts_of_epoch: Option<(String, String)>,
    ) -> Self {
        let (mut names, mut schemas) = (Vec::new(), Vec::new());
        for (schema, shards) in parts {
            names.extend(inner_names(shards));
            let fingerprint = OwnedSchema::from(schema).fingerprint();
            if !schemas.contains(&fingerprint) {
                schemas.push(fingerprint);
            }
        }
        let mut all = Sha256::new();
        let (mut groups, mut ends) = (String::new(), Vec::new());
        let mut summaries = catalog.summaries();
        for group in groups_of(names.len()) {
            let mut hash = Sha256::new();
            let of_group = names.get(group).unwrap_or_default();
            for (name, of) in of_group.iter().zip(summaries.by_ref()) {
                hash.update(format!("{name}\0{}\0{}\0", of.shard_size, of.samples));
                hash.update(of.digest);
                // Of what the samples hold, which the digest is not of.
                hash.update(of.checksums.to_le_bytes());
            }
            let digest = hash.finalize();
            all.update(digest);
            groups.push_str(hex(&digest).get(..DIGITS).unwrap_or_default());
            let end = |name: Option<&String>| name.cloned().unwrap_or_default();
            ends.push((end(of_group.first()), end(of_group.last())));
        }
        Self {
            schema: match schemas.as_slice() {
                [only] => only.clone(),
                several => hex(&Sha256::digest(several.concat())),
            },
            data: hex(&all.finalize()),
            groups,
            names: ends,
            shards: names.len() as u64,
            samples: catalog.samples(),
            parts: parts_of_epoch,
        }
    }

    fn digest_of_parts(&self) -> Option<String> {
        let (fingerprint, _) = self.parts.as_ref()?;
        Some(fingerprint.get(..2 * DIGITS).unwrap_or_default().to_owned())
    }
}

/// Names of the shards of a dataset without the folder that all are in: a dataset that was moved is the same.
fn inner_names(shards: &[Shard]) -> Vec<String> {
    let names: Vec<String> = shards.iter().map(Shard::redacted).collect();
    let folder = common_folder(&names);
    names.iter().map(|name| name.get(folder..).unwrap_or_default().to_owned()).collect()
}

/// Shards in groups, of which each has at least one.
fn groups_of(shards: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let groups = shards.clamp(1, GROUPS);
    (0..groups).map(move |group| group * shards / groups..(group + 1) * shards / groups)
}

/// Bytes of the folder that all are in.
fn common_folder(names: &[String]) -> usize {
    let Some(first) = names.first() else { return 0 };
    let mut common = first.rfind('/').map_or(0, |at| at + 1);
    for name in names {
        while !name.starts_with(first.get(..common).unwrap_or_default()) {
            common = first.get(..common.saturating_sub(1)).and_then(|folder| folder.rfind('/')).map_or(0, |at| at + 1);
        }
    }
    common
}

/// Where a run stands: how many positions of an epoch the whole job has consumed, with fingerprints of all that the order
/// depends on. It is at most 1 KiB of JSON.
///
/// Going on from it gives exactly the global batches that are left, also with another number of ranks or threads; batches
/// that were read ahead and not delivered are simply read again. It is the same for all ranks that are at the same step; of
/// loaders that give batches as they are ready see [`relaxed`](crate::dataset::PlanBuilder::relaxed).
/// The dataset may have been moved; one with other shards, samples or types, and another order, is refused with what
/// differs.
///
/// ```
/// use atdata::dataset::{Tail, Token};
/// use atdata::{Dataset, DictSample};
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("numbers.tar");
/// # Dataset::write(&path, (0..100_i64).map(|number| DictSample::from_iter([("number", number)])))?;
/// let numbers = Dataset::<DictSample>::open(&path)?;
/// let mut loader = numbers.plan().seed(7).ranks(1).batch(24).tail(Tail::Pad).load()?;
/// let _ = loader.next().unwrap()?;
/// let saved: String = loader.token()?.to_json();
/// // Later, in another process, on two machines.
/// let token: Token = saved.parse()?;
/// let rest = numbers.plan().resume(&token).ranks(2).rank(1).load()?;
/// assert_eq!((rest.plan().position(), rest.count()), (24, 4));
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    schema: String,
    data: String,
    groups: String,
    shards: u64,
    samples: u64,
    order: Order,
    seed: u64,
    epoch: u64,
    position: u64,
    batch: u64,
    tail: Tail,
    lanes: u64,
    /// Of what an epoch has of which datasets, where it is not one as it is.
    parts: Option<String>,
    /// Batches behind the position that were given.
    beyond: Beyond,
    /// The only rank that stands there, of how many.
    rank: Option<(u64, u64)>,
}

impl Plan {
    /// Where the run stands behind so many steps of the plan, which are those of the whole job; behind the last one if
    /// there are fewer.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) of a plan of sizes alone.
    pub fn token(&self, steps: u64) -> Result<Token> {
        let mut progress = self.progress();
        if steps >= Beyond::MOST {
            progress = Progress::up_to(steps);
        }
        (0..steps.min(Beyond::MOST)).for_each(|step| progress.give(step));
        self.token_at(progress)
    }

    /// Where the run stands that has given these steps.
    pub(in crate::dataset) fn token_at(&self, progress: Progress) -> Result<Token> {
        let is_end = progress.low() >= self.steps();
        let identity = self.identity.as_ref().ok_or(PlanError::NoIdentity)?;
        Ok(Token {
            schema: identity.schema.clone(),
            data: identity.data.clone(),
            groups: identity.groups.clone(),
            shards: identity.shards,
            samples: identity.samples,
            order: self.order,
            seed: self.seed,
            epoch: self.epoch,
            position: self.position_after(progress.low()),
            batch: self.batch,
            tail: self.tail,
            lanes: self.lanes.count(),
            parts: identity.digest_of_parts(),
            beyond: if is_end { Beyond::default() } else { progress.beyond() },
            // Before the first batch and behind the last one all ranks stand at the same place.
            rank: (self.alone && !is_end && (progress, self.from) != (Progress::default(), 0))
                .then_some((self.loading.rank, self.ranks)),
        })
    }
}

fn no_token(what: impl Into<String>) -> PlanError {
    PlanError::NoToken { what: what.into() }
}

impl Token {
    /// The token of the next epoch's begin, for a run that has reached the end of one.
    #[must_use]
    pub fn next_epoch(&self) -> Self {
        let epoch = self.epoch.saturating_add(1);
        Self { epoch, position: 0, beyond: Beyond::default(), rank: None, ..self.clone() }
    }

    /// The order of the samples.
    pub fn order(&self) -> Order {
        self.order
    }

    /// The seed of the order.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The number of the epoch.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Positions of the epoch that were consumed, by all ranks together.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Samples of a global batch.
    pub fn batch(&self) -> u64 {
        self.batch
    }

    /// What becomes of the samples that do not fill a batch.
    pub fn tail(&self) -> Tail {
        self.tail
    }

    /// Lanes of the order.
    pub fn lanes(&self) -> u64 {
        self.lanes
    }

    /// Batches behind the position that were given, by a run that gives them as they are ready.
    pub(super) fn beyond(&self) -> Beyond {
        self.beyond
    }

    /// The only rank that goes on from it, and of how many: where each gives batches as they are ready
    /// ([`relaxed`](crate::dataset::PlanBuilder::relaxed)), and stands where no other does.
    pub fn rank(&self) -> Option<(u64, u64)> {
        self.rank
    }

    /// Without the checksum.
    fn object(&self) -> Map<String, Value> {
        let object = json!({
            "atdata_token": VERSION,
            "schema": self.schema,
            "data": self.data,
            "groups": self.groups,
            "shards": self.shards,
            "samples": self.samples,
            "order": self.order.to_string(),
            "order_version": Order::VERSION,
            "seed": self.seed,
            "epoch": self.epoch,
            "position": self.position,
            "batch": self.batch,
            "tail": self.tail.to_string(),
            "lanes": self.lanes,
        });
        let Value::Object(mut object) = object else { return Map::new() };
        if let Some(parts) = &self.parts {
            object.insert("parts".to_owned(), parts.as_str().into());
        }
        if !self.beyond.is_empty() {
            object.insert("beyond".to_owned(), self.beyond.to_string().into());
        }
        if let Some((rank, ranks)) = self.rank {
            object.insert("rank".to_owned(), format!("{rank}/{ranks}").into());
        }
        object
    }

    /// As one line of JSON, of at most 1 KiB.
    pub fn to_json(&self) -> String {
        let mut object = self.object();
        object.insert("sum".to_owned(), Value::String(sum(&object)));
        Value::Object(object).to_string()
    }

    /// What of the dataset is another than the token's.
    pub(super) fn differences(&self, found: &Identity, is_typed: bool) -> Vec<String> {
        let mut told = Vec::new();
        if is_typed && self.schema != found.schema {
            told.push("the fields of its samples are others".to_owned());
        }
        if self.shards != found.shards {
            told.push(format!("its dataset has {} shards, and not {}", self.shards, found.shards));
        } else if self.data != found.data {
            let (ours, theirs) = (self.groups.as_bytes(), found.groups.as_bytes());
            let at = ours.chunks(DIGITS).zip(theirs.chunks(DIGITS)).position(|(one, other)| one != other);
            let mut text = "its dataset has other shards".to_owned();
            if let Some((first, last)) = at.and_then(|at| found.names.get(at)) {
                // Writing to a string does not fail.
                let _ = if first == last {
                    write!(text, ", the first of which is {first}")
                } else {
                    write!(text, ", the first of which is among those from {first} to {last}")
                };
            }
            told.push(text);
        }
        if self.parts != found.digest_of_parts() {
            told.push(match (&self.parts, &found.parts) {
                (Some(_), Some((_, found))) => format!(
                    "its datasets are put together in another way, or have other lengths or weights, than {found}"
                ),
                (Some(_), None) => "it is of parts put together in another way, and not of all samples".to_owned(),
                (None, found) => {
                    let found = found.as_ref().map(|(_, found)| found.as_str()).unwrap_or_default();
                    format!("it is of all samples as they are, and not of {found}")
                }
            });
        }
        if self.samples != found.samples {
            told.push(format!("its dataset has {} samples, and not {}", self.samples, found.samples));
        }
        told
    }
}

/// `3/8`: a rank, and how many there are.
fn rank_of(text: &str) -> Option<(u64, u64)> {
    let (rank, ranks) = text.split_once('/')?;
    Some((rank.parse().ok()?, ranks.parse().ok()?)).filter(|(rank, ranks)| rank < ranks)
}

/// So that a token that was edited is not taken for one.
fn sum(object: &Map<String, Value>) -> String {
    let digest = Sha256::digest(Value::Object(object.clone()).to_string());
    hex(&digest).get(..DIGITS).unwrap_or_default().to_owned()
}

impl std::str::FromStr for Token {
    type Err = crate::error::Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.len() > MOST {
            return Err(no_token(format!("found {} bytes, of at most {MOST}", text.len())).into());
        }
        let value = serde_json::from_str(text).map_err(|error| no_token(format!("found no JSON, {error}")))?;
        let Value::Object(mut object) = value else { return Err(no_token("found no object").into()) };
        let number = |name: &str| {
            let value = object.get(name).and_then(Value::as_u64);
            value.ok_or_else(|| no_token(format!("found no whole number as its `{name}`")))
        };
        let word = |name: &str| {
            let value = object.get(name).and_then(Value::as_str).map(str::to_owned);
            value.ok_or_else(|| no_token(format!("found no text as its `{name}`")))
        };
        for (name, expected) in [("atdata_token", VERSION), ("order_version", u64::from(Order::VERSION))] {
            let found = number(name)?;
            if found != expected {
                return Err(no_token(format!("its `{name}` is {found}, and this atdata has {expected}")).into());
            }
        }
        let token = Self {
            schema: word("schema")?,
            data: word("data")?,
            groups: word("groups")?,
            shards: number("shards")?,
            samples: number("samples")?,
            order: word("order")?.parse().map_err(|error| no_token(format!("{error}")))?,
            seed: number("seed")?,
            epoch: number("epoch")?,
            position: number("position")?,
            batch: number("batch")?,
            tail: word("tail")?.parse().map_err(|error| no_token(format!("{error}")))?,
            lanes: number("lanes")?,
            parts: object.get("parts").map(|_| word("parts")).transpose()?,
            beyond: match object.get("beyond").map(|_| word("beyond")).transpose()? {
                Some(text) => Beyond::parse(&text).ok_or_else(|| no_token("its `beyond` is none"))?,
                None => Beyond::default(),
            },
            rank: match object.get("rank").map(|_| word("rank")).transpose()? {
                Some(text) => Some(rank_of(&text).ok_or_else(|| no_token("its `rank` is none, such as \"3/8\""))?),
                None => None,
            },
        };
        let told = word("sum")?;
        object.remove("sum");
        let expected = token.object();
        if object != expected || told != sum(&expected) {
            return Err(no_token("it was edited, for its `sum` is that of another: take one that a run wrote").into());
        }
        Ok(token)
    }
}

/// [`to_json`](Token::to_json).
impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}
