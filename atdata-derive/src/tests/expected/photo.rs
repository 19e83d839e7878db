///Many [`Photo`] samples, as a struct of arrays.
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct PhotoBatch {
    ///`image` of each sample.
    pub image: ::atdata::__private::OutOf<Photo, Array3<u8>>,
    ///`label` of each sample.
    pub label: ::atdata::__private::OutOf<Photo, String>,
    ///`confidence` of each sample.
    pub confidence: ::atdata::__private::OutOf<Photo, Option<f64>>,
    ///`language` of each sample.
    pub language: ::atdata::__private::OutOf<Photo, String>,
}
::atdata::__private::batch!(pub PhotoBatch of Photo);
const _: () = {
    use ::atdata::__private as __p;
    const __KEYS: &__p::KeyTable<4usize> = &__p::KeyTable::new([
        __p::key("image", b"\xA5image")
            .declared(
                __p::ArraySpec::new(
                    __p::Some(&[__p::Some(224usize), __p::Some(224usize), __p::None]),
                    false,
                ),
            ),
        __p::key("label", b"\xA5label"),
        __p::key("confidence", b"\xAAconfidence"),
        __p::key("language", b"\xA8language"),
    ]);
    impl __p::Proof for Photo {
        const FIELDS: __p::bool = {
            __p::one_null(<Array3<u8> as __p::PackField>::TWO_NULLS, "image");
            __p::one_null(<String as __p::PackField>::TWO_NULLS, "label");
            __p::asks(<Option<f64> as __p::PackField>::TWO_NULLS);
            __p::one_null(<String as __p::PackField>::TWO_NULLS, "language");
            true
        };
    }
    impl<__T: __p::Proven<{ <Photo as __p::Proof>::FIELDS }>> __p::Gate<__T> for Photo {
        type Type = __T::Type;
    }
    type __P<__T> = <Photo as __p::Gate<__T>>::Type;
    const _: () = __p::one_null(
        <__P<Option<f64>> as __p::PackField>::TWO_NULLS,
        "confidence",
    );
    struct __N0;
    #[automatically_derived]
    impl __p::Shape for __N0 {
        const OF: __p::FieldType = <__P<Array3<u8>> as __p::PackField>::TYPE;
        const SIZES: __p::Option<&'static [__p::Option<__p::usize>]> = __p::Some(
            &[__p::Some(224usize), __p::Some(224usize), __p::None],
        );
        const NAMES: __p::Option<&'static [&'static __p::str]> = __p::Some(
            &["height", "width", "channel"],
        );
    }
    const _: () = if !__p::holds_array(<Array3<u8> as __p::PackField>::TYPE) {
        __p::panic!(
            "field `image`: `shape` is for arrays (`ndarray::Array`, `DynArray`, alone or in `Option`, `Vec` or a map); remove the attribute, or give the field an array type"
        )
    };
    const _: () = if let __p::Some(__rank) = __p::other_rank(
        <Array3<u8> as __p::PackField>::TYPE,
        3usize,
    ) {
        let __wrong = __p::Text::of_number(
            "field `image`: `shape` gives 3 dimensions, but the array type has ",
            __rank,
            "; make the two agree",
        );
        __p::panic!("{}", __wrong.as_str())
    };
    struct __D3;
    #[automatically_derived]
    impl __p::Give<String> for __D3 {
        fn give() -> String {
            let __default: String = "en".to_owned();
            __default
        }
    }
    #[automatically_derived]
    impl __p::PackField for Photo {
        const TYPE: __p::FieldType = __p::FieldType::Sample(
            __p::SchemaRef::new("Photo", "1.2.0", || <Self as __p::Packable>::SCHEMA),
        );
        const NESTED: __p::Option<__p::NestedSample> = __p::nested::<Self>(&[]);
        type Column = __Builder;
        fn read(__c: &mut __p::Cursor<'_>) -> __p::Result<Self> {
            __p::read_row::<__Row>(__c)
        }
        fn write(&self, __out: &mut __p::Vec<__p::u8>) {
            __p::write_row::<__Row>(self, __out)
        }
        fn check(&self, __spec: __p::ArraySpec) -> __p::Result<()> {
            __p::check_row::<__Row>(self, __spec)
        }
    }
    #[automatically_derived]
    impl __p::Packable for Photo {
        const SCHEMA: &'static __p::Schema = &__p::Schema::new(
            "Photo",
            "1.2.0",
            __p::Some("A labelled photograph."),
            &[
                __p::Field::new("image", __p::shaped::<__N0>())
                    .optional(<__P<Array3<u8>> as __p::PackField>::OPTIONAL)
                    .described("Pixels."),
                __p::field::<__P<String>>("label"),
                __p::field::<__P<Option<f64>>>("confidence"),
                __p::field::<__P<String>>("language")
                    .default_value(
                        __p::DefaultValue::new(|| __p::default_json::<
                            __P<String>,
                        >(&<__D3 as __p::Give<String>>::give())),
                    ),
            ],
        );
        type Batch = PhotoBatch;
        type Builder = __Builder;
    }
    impl __p::Row for __Row {
        type Sample = Photo;
        type Batch = PhotoBatch;
        type Fields = (
            __p::Cell<__P<Array3<u8>>>,
            __p::Cell<__P<String>>,
            __p::Cell<__P<Option<f64>>>,
            __p::Cell<__P<String>, __p::Stacked, __p::Given<__D3>>,
        );
        const LAYOUT: &'static __p::Layout = &__p::Layout::new("Photo", __KEYS, false);
        fn from_values((__0, __1, __2, __3): __p::Values<Self>) -> Photo {
            Photo {
                image: __0,
                label: __1,
                confidence: __2,
                language: __3,
                cache: <Vec<u8> as ::core::default::Default>::default(),
            }
        }
        fn into_values(__s: Photo) -> __p::Values<Self> {
            (__s.image, __s.label, __s.confidence, __s.language)
        }
        fn refs(__s: &Photo) -> __p::Refs<'_, Self> {
            (&__s.image, &__s.label, &__s.confidence, &__s.language)
        }
        fn from_outs((__0, __1, __2, __3): __p::Outs<Self>) -> PhotoBatch {
            PhotoBatch {
                image: __0,
                label: __1,
                confidence: __2,
                language: __3,
            }
        }
        fn into_outs(__b: PhotoBatch) -> __p::Outs<Self> {
            (__b.image, __b.label, __b.confidence, __b.language)
        }
        fn outs(__b: &PhotoBatch) -> __p::OutRefs<'_, Self> {
            (&__b.image, &__b.label, &__b.confidence, &__b.language)
        }
    }
    __p::builder!(pub __Builder(__Row) of Photo, PhotoBatch);
    impl __p::ViewSource for Photo {
        const KEYS: __p::Keys = __KEYS.keys();
        const RENAMED: &'static [(&'static __p::str, &'static __p::str)] = &[
            ("cache", ""),
        ];
    }
};
