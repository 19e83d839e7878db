//! Reading blobs: shards that are kept by a PDS.

use std::io::Read;
use std::sync::mpsc::{Sender, channel};

use bytes::Bytes;

use super::record::BlobRef;
use crate::atproto::Atmosphere;
use crate::atproto::client::Client;
use crate::atproto::error::AtmosphereError;
use crate::atproto::transport::nonsense;
use crate::atproto::upload::BLOB_LIMIT;
use crate::atproto::xrpc::Call;
use crate::cid::Cid;
use crate::error::Result;
use crate::net::runtime::NetworkError;
use crate::source::{ReadOptions, Shard};

const METHOD: &str = "com.atproto.repo.uploadBlob";

impl Client {
    async fn upload(
        &self,
        bytes: Bytes,
        mime_type: &'static str,
        progress: Sender<Option<u64>>,
    ) -> Result<BlobRef, AtmosphereError> {
        let (cid, size) = (Cid::of_raw(&bytes), bytes.len() as u64);
        let call = Call::upload(METHOD, bytes, mime_type, Some(progress));
        let answer = self.authorized(&call, None).await?;
        let pds = &self.logged_in()?.pds;
        let blob = answer.get("blob").ok_or_else(|| nonsense(METHOD, pds, "expected a `blob`"))?;
        let blob = BlobRef::from_json(blob).map_err(|error| nonsense(METHOD, pds, error.to_string()))?;
        if blob.cid != cid || blob.size != Some(size) {
            let BlobRef { cid: found, size: taken, .. } = blob;
            return Err(nonsense(
                METHOD,
                pds,
                format!("it took {taken:?} bytes as {found}, which are {size} of {cid}"),
            ));
        }
        Ok(blob)
    }
}

impl Atmosphere {
    /// Uploads a shard to one's own PDS, as `application/x-tar`.
    ///
    /// It is kept once a record refers to it; one that none refers to is removed after a while. A blob that is there
    /// already is as good, so this may be called again.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput), before anything is sent, for one of more than 50,000,000 bytes;
    /// a PDS may take less. [`Permission`](crate::ErrorKind::Permission) without a login.
    pub fn upload_blob(&self, bytes: impl Into<Bytes>) -> Result<BlobRef> {
        self.upload_blob_with(bytes, |_, _| {})
    }

    /// The same; `progress` is told how many bytes were handed to the network, and how many there are. Where the upload
    /// is tried again that begins anew.
    pub fn upload_blob_with(&self, bytes: impl Into<Bytes>, progress: impl FnMut(u64, u64)) -> Result<BlobRef> {
        self.upload_blob_as(BlobRef::TAR, bytes.into(), progress)
    }

    /// The same, of what is no shard.
    pub(super) fn upload_blob_as(
        &self,
        mime_type: &'static str,
        bytes: Bytes,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<BlobRef> {
        let size = bytes.len() as u64;
        check_size(size)?;
        let client = self.client().clone();
        let (sent, pieces) = channel();
        let (done, blob) = channel();
        crate::net::runtime::runtime()?.spawn(async move {
            // Where nobody waits any more, nobody is to be told.
            let _ = done.send(client.upload(bytes, mime_type, sent.clone()).await);
            // A connection that stands still holds on to its end of the channel, so this one is told.
            let _ = sent.send(None);
        });
        for sent in pieces.iter().map_while(|sent| sent) {
            progress(sent, size);
        }
        blob.recv().map_err(|_| NetworkError::Lost)?.map_err(Into::into)
    }

    /// The same for what a reader gives, which has to be `size` bytes. They are held in memory.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if they are more or fewer.
    pub fn upload_blob_from(&self, reader: impl Read, size: u64, progress: impl FnMut(u64, u64)) -> Result<BlobRef> {
        check_size(size)?;
        let mut bytes = Vec::new();
        // One more tells that there are too many.
        reader.take(size.saturating_add(1)).read_to_end(&mut bytes).map_err(AtmosphereError::Read)?;
        let found = bytes.len() as u64;
        if found != size {
            let found = if found > size { "more".to_owned() } else { found.to_string() };
            return Err(AtmosphereError::Length { expected: size, found }.into());
        }
        self.upload_blob_with(bytes, progress)
    }

    /// The bytes of a blob of an account, as they arrive from its PDS; a login is not needed. They are checked against
    /// the CID, which is an error of the reader at their end: until then they are what the server claims.
    ///
    /// To read the samples of one, open `at://{did}/blob/{cid}` as a dataset, with [`ReadOptions::atmosphere`].
    pub fn get_blob(&self, did: &str, cid: &Cid) -> Result<Box<dyn Read + Send>> {
        Shard::from_url(&format!("at://{did}/blob/{cid}"))?.bytes(&ReadOptions::new().atmosphere(self))
    }
}

fn check_size(size: u64) -> Result<(), AtmosphereError> {
    if size > BLOB_LIMIT { Err(AtmosphereError::TooLarge(size)) } else { Ok(()) }
}
