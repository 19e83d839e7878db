//! Views of a dataset: the same shards, their samples seen as another type.

use crate::dataset::Dataset;
use crate::dataset::decode::Read;
use crate::lens::{self, LensFrom, PutLens, ViewOf};
use crate::sample::Packable;
#[cfg(feature = "serde")]
use crate::sample::bridge;

impl<T: 'static> Dataset<T> {
    /// The samples seen as `V`, through the one canonical lens that leads there; without one it does not compile.
    ///
    /// Stages that were set before apply to the samples before they are seen as `V`, later ones after.
    ///
    /// A view that was declared (`#[packable(view_of = …)]`), and every type of a dataset of
    /// [`DictSample`](crate::DictSample), is read straight from the bytes if there are no stages: of each sample only
    /// the fields of `V` are decoded, alone or into the columns of a batch. What the other fields hold is not checked
    /// then.
    pub fn as_type<V: ViewOf<T>>(&self) -> Dataset<V> {
        self.with_decode(match (&self.decode.read, V::DIRECT) {
            (Read::Direct(_), Some(view)) => self.decode.with_read(Read::View(view)),
            _ => self.decode.try_map(|sample| V::view_of(sample)),
        })
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

impl<S: Packable + 'static> Dataset<S> {
    /// The samples as any type that implements serde's `Deserialize`, without a derive of this library.
    ///
    /// The fields of a sample are those of the struct, arrays are lists of their elements, nested as the arrays are. What a
    /// field cannot hold is an error with shard, member, key and field. Without stages nothing stands between the bytes
    /// and the value, and whether a sample is an `S` is not looked at; with stages a sample is packed and read back.
    ///
    /// A derive of [`Packable`] is faster, writes, and has batches and a schema.
    ///
    /// ```
    /// use atdata::{Dataset, DictSample, Value};
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// struct Text {
    ///     text: String,
    ///     embedding: Vec<f32>,
    /// }
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("texts.tar");
    /// # let embedding = Value::from(&ndarray::Array1::from(vec![0.5_f32, -1.0]));
    /// # Dataset::write(&path, [DictSample::from_iter([("text", Value::from("a cat")), ("embedding", embedding)])])?;
    /// for text in Dataset::<DictSample>::open(&path)?.deserialize::<Text>().ordered() {
    ///     let text = text?;
    ///     assert_eq!((&*text.text, &*text.embedding), ("a cat", &[0.5, -1.0][..]));
    /// }
    /// # Ok::<(), atdata::Error>(())
    /// ```
    #[cfg(feature = "serde")]
    pub fn deserialize<T: serde_core::de::DeserializeOwned>(&self) -> Dataset<T> {
        self.with_decode(match self.decode.read {
            Read::Direct(_) => self.decode.with_read(Read::Direct(bridge::read::<T>)),
            _ => self.decode.try_map(|sample| bridge::from_slice(&sample.try_pack()?)),
        })
    }

    /// The samples seen as any type whose fields are fields of `S`: of the same names on the wire, the same types, and
    /// optional in both or in neither. What does not fit does not compile, with a list of it all; so a lens need not be
    /// written where two types agree, but that they do is said here.
    ///
    /// Without stages only the fields of `V` are read, straight from the bytes, as in [`as_type`](Self::as_type). With
    /// stages a sample is packed and read back, as by [`lens::project`]. So what `S` does to those fields beyond their
    /// types in the schema, such as to round to `f32` or to check a shape, is done only then, or where a `V` cannot be
    /// read from the bytes.
    ///
    /// ```
    /// use atdata::{Dataset, Packable};
    ///
    /// #[derive(Packable)]
    /// struct Photo {
    ///     image: Vec<u8>,
    ///     label: String,
    /// }
    ///
    /// #[derive(Packable)]
    /// struct Labelled {
    ///     label: String,
    /// }
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("photos.tar");
    /// # Dataset::write(&path, [Photo { image: vec![0; 10], label: "cat".into() }])?;
    /// let photos = Dataset::<Photo>::open(&path)?;
    /// for sample in photos.project::<Labelled>().ordered() {
    ///     assert_eq!(sample?.label, "cat");
    /// }
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn project<V: Packable>(&self) -> Dataset<V> {
        self.with_decode(match self.decode.read {
            Read::Direct(_) => self.decode.with_read(Read::View(const { lens::direct::<S, V>() })),
            _ => self.decode.try_map(|sample| lens::repack(&sample)),
        })
    }

    /// The samples for which `keep` is true of some of their fields: those of `V`, which are fields of `S` as in
    /// [`project`](Self::project).
    ///
    /// Without stages before it only those fields are decoded to decide, straight from the bytes, and nothing else of a
    /// sample that is dropped. One that is kept is decoded as if there were no filter: batches are still one copy. With
    /// stages a sample is packed and read back, and [`filter`](Self::filter) does better.
    ///
    /// ```
    /// use atdata::{Dataset, Packable};
    ///
    /// #[derive(Packable)]
    /// struct Photo {
    ///     image: Vec<u8>,
    ///     label: String,
    /// }
    ///
    /// #[derive(Packable)]
    /// struct Labelled {
    ///     label: String,
    /// }
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("photos.tar");
    /// # let photo = |label: &str| Photo { image: vec![0; 10], label: label.into() };
    /// # Dataset::write(&path, [photo("cat"), photo("dog"), photo("cat")])?;
    /// let photos = Dataset::<Photo>::open(&path)?;
    /// let cats = photos.filter_by(|photo: &Labelled| photo.label == "cat");
    /// assert_eq!(cats.len()?, 2);
    /// for batch in cats.batches(32) {
    ///     assert_eq!(batch?.image.len(), 2);
    /// }
    /// # Ok::<(), atdata::Error>(())
    /// ```
    #[must_use]
    pub fn filter_by<V: Packable + 'static>(&self, keep: impl Fn(&V) -> bool + Send + Sync + 'static) -> Self {
        self.with_decode(match self.decode.read {
            Read::Direct(_) => {
                let fields = const { lens::direct::<S, V>() };
                self.decode.filter_bytes(move |cursor| fields.read(cursor).map(|view| keep(&view)))
            }
            _ => self.decode.filter_map(move |sample| {
                let keeps = keep(&lens::repack::<S, V>(&sample)?);
                Ok(keeps.then_some(sample))
            }),
        })
    }
}
