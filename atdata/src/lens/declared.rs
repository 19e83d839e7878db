//! Declared views: `#[packable(view_of = Source)]`.

use std::fmt;
use std::marker::PhantomData;
use std::ops::BitOr;

use crate::lens::{Lens, LensFrom, PutLens, Then};

/// A view whose fields are fields of its source. Written by the derive for `#[packable(view_of = Source)]`, which keeps
/// the laws of lenses: each field of the view is another field of the source, of the same type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a declared view",
    label = "not a declared view",
    note = "write `#[packable(view_of = Source)]` on `{Self}`"
)]
pub trait DeclaredView: Sized {
    /// The type that it is a view of.
    type Source;

    /// The view of a sample.
    fn get(source: &Self::Source) -> Self;

    /// The same, with the fields moved.
    fn get_owned(source: Self::Source) -> Self;

    /// The sample with the fields of the view replaced.
    fn put(&self, source: &Self::Source) -> Self::Source;
}

/// The lens of a declared view: `View::LENS`.
pub struct Declared<V>(PhantomData<fn() -> V>);

impl<V: DeclaredView> Declared<V> {
    /// The lens that leads to `V`, the same as `V::LENS`.
    ///
    /// ```
    /// use atdata::lens::{Declared, DeclaredView, Lens};
    ///
    /// fn view_all<V: DeclaredView>(samples: &[V::Source]) -> Vec<V> {
    ///     samples.iter().map(|sample| Declared::<V>::new().get(sample)).collect()
    /// }
    /// ```
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<V: DeclaredView> Default for Declared<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V: DeclaredView> Lens for Declared<V> {
    type Source = V::Source;
    type View = V;

    fn get(&self, source: &V::Source) -> V {
        V::get(source)
    }

    fn get_owned(&self, source: V::Source) -> V {
        V::get_owned(source)
    }
}

impl<V: DeclaredView> PutLens for Declared<V> {
    fn put(&self, view: &V, source: &V::Source) -> V::Source {
        view.put(source)
    }
}

/// `a | b` is `a.then(b)`, as in Python.
impl<V: DeclaredView, C: LensFrom<V>> BitOr<C> for Declared<V> {
    type Output = Then<Self, C>;

    fn bitor(self, next: C) -> Self::Output {
        self.then(next)
    }
}

impl<V> Clone for Declared<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Declared<V> {}

impl<V> fmt::Debug for Declared<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Declared({})", std::any::type_name::<V>())
    }
}

/// What the type of a view's field is to that of the source's field: the same. A type of its own, for its words.
#[diagnostic::on_unimplemented(
    message = "the field is `{T}` in the source of this view, not `{Self}`",
    label = "the source has `{T}`",
    note = "a field of a declared view has the type of its field in the source: write `{T}`",
    note = "a view that converts is made with `#[lens]` on a function"
)]
pub trait ViewField<T> {}

impl<T> ViewField<T> for T {}
