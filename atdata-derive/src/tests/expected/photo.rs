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
    const __KNOWN: &[__p::Known; 4usize] = &[
        __p::Known::new(
                __p::Field::new("image", __p::shaped::<__N0>())
                    .optional(<__P<Array3<u8>> as __p::PackField>::OPTIONAL),
                b"\xA5image",
            )
            .declared(
                __p::ArraySpec::new(
                    __p::Some(&[__p::Some(224usize), __p::Some(224usize), __p::None]),
                    false,
                ),
            )
            .described("Pixels."),
        __p::field::<__P<String>>("label", b"\xA5label"),
        __p::field::<__P<Option<f64>>>("confidence", b"\xAAconfidence"),
        __p::field::<__P<String>>("language", b"\xA8language")
            .default_value(
                __p::DefaultValue::new(|| __p::default_json::<
                    __P<String>,
                >(&<__D3 as __p::Give<String>>::give())),
            ),
    ];
    const __KEYS: &__p::KeyTable<4usize> = &__p::KeyTable::new(__p::keys(__KNOWN));
    impl __p::Proof for Photo {
        const FIELDS: __p::bool = {
            __p::one_null(<Array3<u8> as __p::PackField>::TWO_NULLS, "image");
            __p::one_null(<String as __p::PackField>::TWO_NULLS, "label");
            __p::asks(<Option<f64> as __p::PackField>::TWO_NULLS);
            __p::one_null(<String as __p::PackField>::TWO_NULLS, "language");
            true
        };
    }
    __p::proven!(Photo);
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
    impl __p::Row for __Row {
        type Sample = Photo;
        type Fields = (
            __p::Cell<__P<Array3<u8>>>,
            __p::Cell<__P<String>>,
            __p::Cell<__P<Option<f64>>>,
            __p::Cell<__P<String>, __p::Stacked, __p::Given<__D3>>,
        );
        const LAYOUT: &'static __p::Layout = &__p::Layout::new("Photo", __KEYS, false);
        const KNOWN: &'static [__p::Field] = &__p::fields(__KNOWN);
        const RENAMED: &'static [(&'static __p::str, &'static __p::str)] = &[
            ("cache", ""),
        ];
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
    #[automatically_derived]
    impl __p::Packable for Photo {
        __p::packable!(
            PhotoBatch, __Builder(__Row), "Photo", "1.2.0",
            __p::Some("A labelled photograph.")
        );
    }
    impl __p::ViewSource for Photo {
        __p::view_source_of!(__Row);
    }
    __p::sample!(pub Photo("Photo", "1.2.0"), PhotoBatch, __Builder(__Row));
};
