//! Without the feature `records` there is no record, and a struct that names one is told so.

use crate::attr::At;
use crate::ctxt::Ctxt;

/// Of which there is none.
pub(crate) enum Record {}

impl Record {
    pub(crate) fn read(ctxt: &Ctxt, path: &At<String>, _: &str, _: Option<&str>) -> Option<Self> {
        ctxt.error(
            path.span,
            "`schema` needs the feature `records` of atdata; turn it on in `Cargo.toml`, or remove `schema`",
        );
        None
    }

    pub(crate) fn name(&self) -> At<String> {
        match *self {}
    }

    pub(crate) fn version(&self) -> At<String> {
        match *self {}
    }
}
