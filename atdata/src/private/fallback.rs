//! What stands in for a type whose derive met an error.
#![allow(missing_docs)]

use crate::error::{Error, Result};
use crate::sample::{Batch, Column, Cursor, DecodeError};

/// Stands in where the derive met an error, so that the user sees that error and not its echoes.
pub struct Fallback<S>(core::marker::PhantomData<S>);

/// What the batch of another sample derives for it.
impl<S> core::fmt::Debug for Fallback<S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Fallback")
    }
}

impl<S> Clone for Fallback<S> {
    fn clone(&self) -> Self {
        Self(core::marker::PhantomData)
    }
}

impl<S> PartialEq for Fallback<S> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What a batch has, so that a call of it is not an error of its own.
impl<S> Fallback<S> {
    pub fn len(&self) -> usize {
        0
    }

    pub fn is_empty(&self) -> bool {
        true
    }

    pub fn row(&self, _: usize) -> Option<S> {
        None
    }

    pub fn to_samples(&self) -> Vec<S> {
        Vec::new()
    }

    pub fn from_samples(_: impl IntoIterator<Item = S>) -> Result<Self> {
        Err(Self::error())
    }

    fn error() -> Error {
        Error::from(DecodeError::WrongType { expected: "a derived type", found: "a type whose derive failed" })
    }
}

impl<S> Column for Fallback<S> {
    type Value = S;
    type Out = Self;

    fn with_capacity(_: usize) -> Self {
        Self(core::marker::PhantomData)
    }

    fn read(&mut self, _: &mut Cursor<'_>) -> Result<()> {
        Err(Self::error())
    }

    fn push(&mut self, _: S) -> Result<()> {
        Err(Self::error())
    }

    fn truncate(&mut self, _: usize) {}

    fn finish(self) -> Result<Self> {
        Ok(self)
    }

    fn len(_: &Self) -> usize {
        0
    }

    fn row(_: &Self, _: usize) -> Option<S> {
        None
    }
}

impl<S> Batch for Fallback<S> {
    type Sample = S;

    fn len(&self) -> usize {
        0
    }

    fn row(&self, _: usize) -> Option<S> {
        None
    }

    fn from_samples(_: impl IntoIterator<Item = S>) -> Result<Self> {
        Err(Self::error())
    }
}
