//! A PDS of the AT Protocol with its PLC directory.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::{Service, free_port};

/// A network of one PDS and one directory. Handles end with `.test`.
#[derive(Debug)]
pub struct Pds {
    service: Service,
}

/// An account of the PDS.
#[derive(Debug, Clone)]
pub struct Account {
    pub did: String,
    pub handle: String,
    pub app_password: String,
}

impl Pds {
    #[track_caller]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// With variables such as `PLC_DOC=legacy`, which `tests/services/pds/start.mjs` lists.
    #[track_caller]
    pub fn start_with(variables: &[&str]) -> Self {
        let (pds, plc) = (free_port(), free_port());
        let arguments = [&[pds.as_str(), plc.as_str()], variables].concat();
        Self { service: Service::start("pds", &arguments) }
    }

    pub fn url(&self) -> &str {
        self.service.get("pds")
    }

    /// The directory of `did:plc`.
    pub fn plc(&self) -> &str {
        self.service.get("plc")
    }

    /// A new account; the first label of a handle has 3 to 18 characters.
    #[track_caller]
    pub fn account(&self, name: &str) -> Account {
        let answer = self.ask(&json!({"do": "account", "name": name}));
        let text = |field: &str| answer[field].as_str().expect("a text").to_owned();
        Account { did: text("did"), handle: text("handle"), app_password: text("app_password") }
    }

    /// An access token as the PDS makes them, which expires in so many seconds, or has.
    #[track_caller]
    pub fn token(&self, account: &Account, seconds: i64) -> String {
        let answer = self.ask(&json!({"do": "token", "did": account.did, "seconds": seconds}));
        answer["token"].as_str().expect("a text").to_owned()
    }

    /// Ends the PDS at once; the directory stays.
    #[track_caller]
    pub fn kill(&self) {
        self.ask(&json!({"do": "kill"}));
    }

    /// Starts it again, at the same place over the same data.
    #[track_caller]
    pub fn start_again(&self) {
        self.ask(&json!({"do": "start"}));
    }

    #[track_caller]
    fn ask(&self, command: &Value) -> Value {
        let mut stream = TcpStream::connect(self.service.get("control")).expect("the script listens");
        writeln!(stream, "{command}").expect("it reads");
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).expect("it answers");
        let answer: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert!(answer["error"].is_null(), "{answer}");
        answer
    }
}
