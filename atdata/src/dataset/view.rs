//! The same dataset, its samples seen as another type.

use crate::dataset::Dataset;
use crate::lens::{LensFrom, PutLens, ViewOf};

impl<T: 'static> Dataset<T> {
    /// The samples seen as `V`, through the one canonical lens that leads there; without one it does not compile.
    ///
    /// Stages that were set before apply to the samples before they are seen as `V`, later ones after.
    pub fn as_type<V: ViewOf<T>>(&self) -> Dataset<V> {
        self.with_decode(self.decode.clone().filter_map(|sample| V::view_of(sample).map(Some)))
    }

    /// The samples seen through a lens.
    pub fn through<L>(&self, lens: L) -> Dataset<L::View>
    where
        L: LensFrom<T> + Send + Sync + 'static,
    {
        self.map(move |sample| lens.get_owned(sample))
    }

    /// The samples, each with the part that the lens shows changed by `change`.
    #[must_use]
    pub fn update<L>(&self, lens: L, change: impl Fn(L::View) -> L::View + Send + Sync + 'static) -> Self
    where
        L: PutLens + LensFrom<T> + Send + Sync + 'static,
    {
        self.map(move |sample| lens.put(&change(lens.get(&sample)), &sample))
    }
}
