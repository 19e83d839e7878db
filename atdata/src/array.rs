//! Arrays on the wire: a short header with dtype and shape, then the elements in C order.
//!
//! Python atdata writes this compact form since 0.3; `.npy` files, which it wrote before, and either byte order are read
//! as well. A typed field ([`ndarray::Array`]) takes one dtype; a [`DynArray`] keeps whatever it meets.

mod borrowed;
mod cast;
mod cut;
mod descr;
mod dynamic;
mod element;
mod error;
mod head;
mod npy;
mod payload;
#[cfg(feature = "serde")]
mod serde;
mod spec;
mod wire;

pub use borrowed::ArrayRef;
pub use dynamic::DynArray;
pub use element::Element;
pub use spec::ArraySpec;

pub(crate) use cast::extend_cast;
pub(crate) use cut::Cut;
pub(crate) use descr::Descr;
#[cfg(feature = "formats")]
pub(crate) use dynamic::little_endian;
#[cfg(feature = "formats")]
pub(crate) use element::Wide;
pub(crate) use element::{Order, Sealed, extend_array, to_half};
pub(crate) use error::ArrayError;
pub(crate) use head::{ArrayHead, Begun};
pub(crate) use npy::{MAGIC as NPY_MAGIC, Member, members as npy_members, write as write_npy};
pub(crate) use payload::{byte_len, check_shape, decode_into, dimension};
#[cfg(feature = "serde")]
pub(crate) use serde::{Float, Nested, too_many};
pub(crate) use wire::RawArray;
pub(crate) use wire::{header_len, write_header};
