//! Methods of lenses that need no trait in scope, which `#[lens]` writes in terms of, and what its types must be.

use std::fmt;
use std::marker::PhantomData;

use atdata_schema::Schema;

use crate::lens::{Lens, LensFrom, PutLens, Then};
use crate::sample::Packable;

/// Every [`Packable`]; asked for instead of it, for of that the compiler reports its supertraits as well.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sample type",
    label = "a lens leads from one sample type to another",
    note = "write `#[derive(Packable)]` on `{Self}` if it is a struct of yours; put a single value in a struct with one field",
    note = "a getter cannot fail; what can fail is done with `Dataset::try_map`"
)]
pub trait LensType {
    /// The schema of the type.
    const SCHEMA: &'static Schema;
}

#[diagnostic::do_not_recommend]
impl<T: Packable> LensType for T {
    const SCHEMA: &'static Schema = T::SCHEMA;
}

/// A lens of a function: it has no state, its type is all there is.
pub trait FunctionLens: Lens + Copy {
    /// The one value.
    const LENS: Self;
}

/// What a lens of a function dereferences to.
///
/// Methods of the lens itself would come before those of [`Lens`], and whoever imports the trait would be told that the
/// import is not used. These come behind.
pub struct Methods<L>(PhantomData<L>);

impl<L: FunctionLens> Methods<L> {
    #[doc(hidden)]
    pub const fn of_lens() -> &'static Self {
        const { &Self(PhantomData) }
    }

    /// The view of a sample.
    #[inline]
    #[must_use]
    pub fn get(&self, source: &L::Source) -> L::View {
        L::LENS.get(source)
    }

    /// The source with its part that the view shows replaced by `view`.
    #[inline]
    #[must_use]
    pub fn put(&self, view: &L::View, source: &L::Source) -> L::Source
    where
        L: PutLens,
    {
        L::LENS.put(view, source)
    }

    /// This lens and, from where it leads, another one.
    #[inline]
    pub fn then<B: LensFrom<L::View>>(&self, next: B) -> Then<L, B> {
        L::LENS.then(next)
    }
}

impl<L> fmt::Debug for Methods<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Methods")
    }
}

/// Stands in for a lens whose types the macro could not make out, so that the user sees that error and not its echoes.
#[derive(Debug)]
pub struct FallbackLens;

impl FallbackLens {
    /// Never called.
    pub fn get<S, V>(&self, _: &S) -> V {
        unreachable!("a lens with an error does not compile")
    }

    /// Never called.
    pub fn put<S, V>(&self, _: &V, _: &S) -> S {
        unreachable!("a lens with an error does not compile")
    }

    /// Never called.
    pub fn then<B>(&self, next: B) -> B {
        next
    }
}
