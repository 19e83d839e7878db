//! PostgreSQL, asked by a plain client.

use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

#[track_caller]
fn run<T>(url: &str, work: impl AsyncFnOnce(Client) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a thread");
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the server answers");
        let connection = tokio::spawn(connection);
        let answer = work(client).await;
        connection.await.expect("it does not panic").ok();
        answer
    })
}

/// Runs statements of which nothing comes.
#[track_caller]
pub fn execute(url: &str, sql: &str) {
    run(url, async |client| client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}")));
}

/// The rows of a statement, as texts.
#[track_caller]
pub fn query(url: &str, sql: &str) -> Vec<Vec<Option<String>>> {
    let messages =
        run(url, async |client| client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}")));
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    rows.map(|row| (0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect()).collect()
}
