//! Field types of one's own: what implementors of [`PackField`](crate::PackField) read, write and gather with.
//!
//! Most need none of it: [`#[derive(PackField)]`](derive@crate::PackField) is for enums and newtypes. A type that looks like
//! another one on the wire forwards to it; one with a form of its own drives a [`Cursor`].

pub use crate::array::{ArraySpec, Element};
pub use crate::sample::{
    BorrowField, Column, Cursor, DynColumn, MemberCodec, MemberCodecs, Padded, StandardCodecs, TensorColumn, Wanted,
};
