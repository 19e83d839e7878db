//! Ceph's S3 gateway.

use super::{Service, free_port};

/// An S3 server as faithful as one can be had without AWS, with one bucket.
#[derive(Debug)]
pub struct RadosGw {
    service: Service,
}

impl RadosGw {
    #[track_caller]
    pub fn start() -> Self {
        Self { service: Service::start("radosgw", &[&free_port(), &free_port()]) }
    }

    pub fn endpoint(&self) -> &str {
        self.service.get("endpoint")
    }

    pub fn access_key(&self) -> &str {
        self.service.get("access_key")
    }

    pub fn secret_key(&self) -> &str {
        self.service.get("secret_key")
    }

    pub fn bucket(&self) -> &str {
        self.service.get("bucket")
    }
}
