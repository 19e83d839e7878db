//! Redis behind a sentinel, which says where its master is, and makes another one of it.

use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant};

use atdata::index::redis::sentinel::{SentinelClient, SentinelServerType};
use atdata::index::redis::{self as client, RedisResult};
use atdata::index::{Index, Provider, Redis};
use atdata_tests::services::{Redis as Server, Sentinel};

use super::{entry, labelled};

/// A master, its replica, and who watches both.
fn watched() -> (Server, Server, Sentinel) {
    let (master, replica) = (Server::start(), Server::start());
    let address = master.address();
    let (host, port) = address.split_once(':').unwrap();
    let mut connection = client::Client::open(replica.url()).unwrap().get_connection().unwrap();
    let () = client::cmd("REPLICAOF").arg(host).arg(port).query(&mut connection).unwrap();
    wait(|| is_following(&replica));
    let sentinel = Sentinel::of(&master);
    let mut connection = client::Client::open(sentinel.url()).unwrap().get_connection().unwrap();
    wait(|| {
        let ask = client::cmd("SENTINEL").arg("REPLICAS").arg("shards").query::<Vec<client::Value>>(&mut connection);
        !ask.unwrap().is_empty()
    });
    (master, replica, sentinel)
}

/// Whether the server is a replica, and connected to its master. By a new connection: a sentinel ends all of a server that it
/// makes another one.
fn is_following(server: &Server) -> bool {
    let ask = || {
        client::cmd("INFO")
            .arg("replication")
            .query::<String>(&mut client::Client::open(server.url())?.get_connection()?)
    };
    ask().is_ok_and(|told| told.contains("role:slave") && told.contains("master_link_status:up"))
}

#[track_caller]
fn wait(mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_mins(2);
    while !is_so() {
        assert!(Instant::now() < end);
        sleep(Duration::from_millis(50));
    }
}

/// What finds the master, as a user has it.
fn finder(sentinel: &Sentinel) -> impl Fn() -> RedisResult<client::Client> + Send + Sync + 'static {
    let known = SentinelClient::build(vec![sentinel.url()], "shards", None, SentinelServerType::Master).unwrap();
    let known = Mutex::new(known);
    move || known.lock().unwrap().get_client()
}

#[test]
fn a_client_of_a_sentinel_is_one_of_the_master() {
    let (master, _replica, sentinel) = watched();
    let provider = Redis::of_client(finder(&sentinel)().unwrap()).unwrap();
    assert_eq!(provider.url(), format!("redis://{}/0", master.address()));
    provider.register(&entry("a", 1), &labelled(&entry("a", 1))).unwrap();
    assert_eq!(Redis::connect(master.url()).unwrap().entries().unwrap(), [entry("a", 1)]);
}

#[test]
fn the_master_that_takes_over_is_found_by_an_index_that_is_open() {
    let (mut master, replica, sentinel) = watched();
    let find = finder(&sentinel);
    let index = Index::builder().provider(Redis::of_clients(find).unwrap()).build().unwrap();
    index.add(entry("a", 1)).unwrap();
    // That it has got there is not what is tested.
    let copy = Redis::connect_read_only(replica.url()).unwrap();
    wait(|| copy.entries().unwrap().len() == 1);
    master.stop();
    index.add(entry("b", 2)).unwrap();
    assert_eq!(Redis::connect(replica.url()).unwrap().entries().unwrap().len(), 2);
    // The old one comes back, and becomes a replica of the other.
    master.start_again();
    wait(|| is_following(&master));
    index.add(entry("c", 3)).unwrap();
    let mut names: Vec<_> = index.entries().unwrap().into_iter().map(|entry| entry.name).collect();
    names.sort();
    assert_eq!(names, ["a", "b", "c"]);
}

/// By its own choice, while it goes on running: it takes no writes any more.
#[test]
fn a_master_that_has_become_a_replica_is_left() {
    let (master, replica, sentinel) = watched();
    let index = Index::builder().provider(Redis::of_clients(finder(&sentinel)).unwrap()).build().unwrap();
    index.add(entry("a", 1)).unwrap();
    let mut connection = client::Client::open(sentinel.url()).unwrap().get_connection().unwrap();
    // It refuses as long as it has not seen that the replica is sound.
    wait(|| client::cmd("SENTINEL").arg("FAILOVER").arg("shards").query::<()>(&mut connection).is_ok());
    wait(|| is_following(&master));
    index.add(entry("b", 2)).unwrap();
    assert_eq!(Redis::connect(replica.url()).unwrap().entries().unwrap().len(), 2);
}

/// As one whose host is gone: nothing refuses the connection, and nothing answers.
#[test]
fn a_master_that_does_not_answer_is_left() {
    let (master, replica, sentinel) = watched();
    let index = Index::builder().provider(Redis::of_clients(finder(&sentinel)).unwrap()).build().unwrap();
    index.add(entry("a", 1)).unwrap();
    let copy = Redis::connect_read_only(replica.url()).unwrap();
    wait(|| copy.entries().unwrap().len() == 1);
    let mut connection = client::Client::open(master.url()).unwrap().get_connection().unwrap();
    let () = client::cmd("CLIENT").arg("PAUSE").arg(120_000).arg("ALL").query(&mut connection).unwrap();
    index.add(entry("b", 2)).unwrap();
    assert_eq!(Redis::connect(replica.url()).unwrap().entries().unwrap().len(), 2);
}
