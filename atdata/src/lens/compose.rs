//! Composition: lenses of lenses, and the identity, which does nothing.

use std::fmt;
use std::marker::PhantomData;
use std::ops::BitOr;

use crate::lens::{Lens, LensFrom, PutLens};

/// Two lenses, one behind the other; made by [`Lens::then`].
///
/// Composition is associative, and [`Identity`] is its neutral element.
#[derive(Debug, Clone, Copy)]
pub struct Then<A, B> {
    first: A,
    second: B,
}

impl<A, B> Then<A, B> {
    pub(super) const fn new(first: A, second: B) -> Self {
        Self { first, second }
    }
}

impl<A: Lens, B: Lens<Source = A::View>> Lens for Then<A, B> {
    type Source = A::Source;
    type View = B::View;

    fn get(&self, source: &Self::Source) -> Self::View {
        self.second.get_owned(self.first.get(source))
    }

    fn get_owned(&self, source: Self::Source) -> Self::View {
        self.second.get_owned(self.first.get_owned(source))
    }
}

impl<A: PutLens, B: PutLens<Source = A::View>> PutLens for Then<A, B> {
    fn put(&self, view: &Self::View, source: &Self::Source) -> Self::Source {
        self.first.put(&self.second.put(view, &self.first.get(source)), source)
    }
}

/// The lens from a type to itself.
pub struct Identity<T>(PhantomData<fn(&T) -> T>);

/// The lens from a type to itself.
///
/// ```
/// use atdata::lens::{Lens, identity};
///
/// assert_eq!(identity().get(&7), 7);
/// ```
pub const fn identity<T: Clone>() -> Identity<T> {
    Identity(PhantomData)
}

impl<T: Clone> Lens for Identity<T> {
    type Source = T;
    type View = T;

    fn get(&self, source: &T) -> T {
        source.clone()
    }

    fn get_owned(&self, source: T) -> T {
        source
    }
}

impl<T: Clone> PutLens for Identity<T> {
    fn put(&self, view: &T, _: &T) -> T {
        view.clone()
    }
}

impl<T> Clone for Identity<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Identity<T> {}

impl<T> fmt::Debug for Identity<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

/// `a | b` is `a.then(b)`, as in Python.
impl<A, B, C> BitOr<C> for Then<A, B>
where
    Self: Lens,
    C: LensFrom<<Self as Lens>::View>,
{
    type Output = Then<Self, C>;

    fn bitor(self, next: C) -> Self::Output {
        self.then(next)
    }
}

/// `a | b` is `a.then(b)`, as in Python.
impl<T: Clone, C: LensFrom<T>> BitOr<C> for Identity<T> {
    type Output = Then<Self, C>;

    fn bitor(self, next: C) -> Self::Output {
        self.then(next)
    }
}
