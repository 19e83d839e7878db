//! Lenses of closures.

use std::fmt;
use std::marker::PhantomData;
use std::ops::BitOr;

use crate::lens::{Lens, LensFrom, PutLens, Then};

/// A lens of closures; made by [`from_fn`] and [`from_fns`].
#[derive(Clone, Copy)]
pub struct FnLens<S, V, G, P = ()> {
    getter: G,
    putter: P,
    types: PhantomData<fn(&S) -> V>,
}

/// A lens of a getter alone.
///
/// ```
/// use atdata::lens::{Lens, from_fn};
///
/// let len = from_fn(|text: &String| text.len()).then(from_fn(|len: &usize| *len > 3));
/// assert!(len.get(&"long".to_owned()));
/// ```
pub const fn from_fn<S, V, G: Fn(&S) -> V>(getter: G) -> FnLens<S, V, G> {
    FnLens { getter, putter: (), types: PhantomData }
}

/// A lens of a getter and a putter.
pub const fn from_fns<S, V, G, P>(getter: G, putter: P) -> FnLens<S, V, G, P>
where
    G: Fn(&S) -> V,
    P: Fn(&V, &S) -> S,
{
    FnLens { getter, putter, types: PhantomData }
}

impl<S, V, G: Fn(&S) -> V, P> Lens for FnLens<S, V, G, P> {
    type Source = S;
    type View = V;

    fn get(&self, source: &S) -> V {
        (self.getter)(source)
    }
}

impl<S, V, G: Fn(&S) -> V, P: Fn(&V, &S) -> S> PutLens for FnLens<S, V, G, P> {
    fn put(&self, view: &V, source: &S) -> S {
        (self.putter)(view, source)
    }
}

/// `a | b` is `a.then(b)`, as in Python.
impl<S, V, G: Fn(&S) -> V, P, C: LensFrom<V>> BitOr<C> for FnLens<S, V, G, P> {
    type Output = Then<Self, C>;

    fn bitor(self, next: C) -> Self::Output {
        self.then(next)
    }
}

impl<S, V, G, P> fmt::Debug for FnLens<S, V, G, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FnLens({} -> {})", std::any::type_name::<S>(), std::any::type_name::<V>())
    }
}
