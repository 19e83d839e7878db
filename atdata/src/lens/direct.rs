//! Projection while decoding: views read straight from the bytes of their source.

use crate::error::{Error, Result};
use crate::lens::DeclaredView;
use crate::sample::{Column, Cursor, Mark, Packable, SourceFields};

/// How a view is read from the bytes of its source, without the source.
///
/// Only the view's fields are looked at. Where they do not make a view, the source is read as a whole: it may fill in or
/// convert what is wanting, and if not, its error names its own fields.
#[derive(Debug)]
pub struct Direct<V> {
    fields: &'static SourceFields,
    read: fn(&mut Cursor<'_>) -> Result<V>,
    /// By way of the source; `None` where that could not tell more.
    whole: Option<fn(&mut Cursor<'_>) -> Result<V>>,
}

impl<V: Packable> Direct<V> {
    /// A view whose fields are those of its source by the same names on the wire.
    pub(crate) const fn of_own_fields() -> Self {
        Self::of_fields(&SourceFields::OWN, None)
    }

    pub(crate) const fn of_fields(
        fields: &'static SourceFields,
        whole: Option<fn(&mut Cursor<'_>) -> Result<V>>,
    ) -> Self {
        Self { fields, read: V::read, whole }
    }
}

impl<V: Packable + DeclaredView<Source: Packable>> Direct<V> {
    /// A declared view, whose fields are these of its source.
    pub const fn declared(fields: &'static SourceFields) -> Self {
        Self { fields, read: V::read, whole: Some(read_source::<V>) }
    }
}

fn read_source<V: DeclaredView<Source: Packable>>(cursor: &mut Cursor<'_>) -> Result<V> {
    <V::Source as crate::sample::PackField>::read(cursor).map(V::get_owned)
}

impl<V> Direct<V> {
    #[inline]
    pub(crate) fn read(&self, cursor: &mut Cursor<'_>) -> Result<V> {
        let start = cursor.mark();
        cursor.set_source(Some(self.fields));
        match (self.read)(cursor) {
            Ok(view) => Ok(view),
            Err(error) => self.read_whole(cursor, start, error),
        }
    }

    /// Reads into the columns of a batch.
    #[inline]
    pub(crate) fn read_column<C: Column<Value = V>>(
        &self,
        column: &mut C,
        cursor: &mut Cursor<'_>,
        type_name: &'static str,
    ) -> Result<()> {
        let start = cursor.mark();
        cursor.set_source(Some(self.fields));
        match column.read(cursor) {
            Ok(()) => Ok(()),
            Err(error) => {
                let view = self.read_whole(cursor, start, error)?;
                column.push(view).map_err(|error| error.in_sample(type_name))
            }
        }
    }

    #[cold]
    fn read_whole<'a>(&self, cursor: &mut Cursor<'a>, start: Mark<'a>, error: Error) -> Result<V> {
        // Of a part of a sample the error is not the last word.
        let Some(whole) = self.whole.filter(|_| !cursor.is_partial()) else { return Err(error) };
        cursor.rewind(start);
        cursor.set_source(None);
        whole(cursor)
    }
}

impl<V> Clone for Direct<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Direct<V> {}
