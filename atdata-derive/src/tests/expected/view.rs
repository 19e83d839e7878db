///Many [`Labelled`] samples, as a struct of arrays.
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct LabelledBatch {
    ///`title` of each sample.
    pub title: ::atdata::__private::OutOf<Labelled, String>,
    ///`confidence` of each sample.
    pub confidence: ::atdata::__private::OutOf<Labelled, Option<f64>>,
}
::atdata::__private::batch!(pub LabelledBatch of Labelled);
const _: () = {
    use ::atdata::__private as __p;
    const __KNOWN: &[__p::Known; 2usize] = &[
        __p::field::<__P<String>>("title", b"\xA5title"),
        __p::field::<__P<Option<f64>>>("confidence", b"\xAAconfidence"),
    ];
    const __KEYS: &__p::KeyTable<2usize> = &__p::KeyTable::new(__p::keys(__KNOWN));
    impl __p::Proof for Labelled {
        const SOURCE: __p::bool = __p::view_source::<archive::Photo>();
        const FIELDS: __p::bool = {
            __p::one_null(<String as __p::PackField>::TWO_NULLS, "title");
            __p::asks(<Option<f64> as __p::PackField>::TWO_NULLS);
            type __Known = <archive::Photo as __p::Proven<
                { <Labelled as __p::Proof>::SOURCE },
            >>::Type;
            __p::shown(|__s: &__Known| &__s.label).is::<String>();
            __p::shown(|__s: &__Known| &__s.confidence).is::<Option<f64>>();
            true
        };
    }
    __p::proven!(Labelled);
    const _: () = __p::one_null(
        <__P<Option<f64>> as __p::PackField>::TWO_NULLS,
        "confidence",
    );
    impl __p::Row for __Row {
        type Sample = Labelled;
        type Fields = (__p::Cell<__P<String>>, __p::Cell<__P<Option<f64>>>);
        const LAYOUT: &'static __p::Layout = &__p::Layout::new(
            "Labelled",
            __KEYS,
            false,
        );
        const KNOWN: &'static [__p::Field] = &__p::fields(__KNOWN);
        fn from_values((__0, __1): __p::Values<Self>) -> Labelled {
            Labelled {
                title: __0,
                confidence: __1,
            }
        }
        fn into_values(__s: Labelled) -> __p::Values<Self> {
            (__s.title, __s.confidence)
        }
        fn refs(__s: &Labelled) -> __p::Refs<'_, Self> {
            (&__s.title, &__s.confidence)
        }
        fn from_outs((__0, __1): __p::Outs<Self>) -> LabelledBatch {
            LabelledBatch {
                title: __0,
                confidence: __1,
            }
        }
        fn into_outs(__b: LabelledBatch) -> __p::Outs<Self> {
            (__b.title, __b.confidence)
        }
        fn outs(__b: &LabelledBatch) -> __p::OutRefs<'_, Self> {
            (&__b.title, &__b.confidence)
        }
    }
    #[automatically_derived]
    impl __p::Packable for Labelled {
        __p::packable!(LabelledBatch, __Builder(__Row), "Labelled", "1.0.0", __p::None);
    }
    impl __p::ViewSource for Labelled {
        __p::view_source_of!(__Row);
    }
    __p::sample!(pub Labelled("Labelled", "1.0.0"), LabelledBatch, __Builder(__Row));
    type __Source = <archive::Photo as __p::Proven<
        { <Labelled as __p::Proof>::FIELDS },
    >>::Type;
    const __TABLE: &__p::SourceTable<2usize> = &__p::SourceTable::new::<
        __Source,
    >(["label", "confidence"]);
    const __SHOWN: &__p::SourceFields = &__TABLE.fields();
    const _: () = {
        __p::on_wire(__TABLE, 0usize, "Labelled", "label");
        __p::on_wire(__TABLE, 1usize, "Labelled", "confidence");
    };
    #[automatically_derived]
    impl __p::DeclaredView for Labelled {
        type Source = __Source;
        fn get(__s: &__Source) -> Self {
            Self {
                title: ::core::clone::Clone::clone(&__s.label),
                confidence: ::core::clone::Clone::clone(&__s.confidence),
            }
        }
        fn get_owned(__s: __Source) -> Self {
            Self {
                title: __s.label,
                confidence: __s.confidence,
            }
        }
        fn put(&self, __s: &__Source) -> __Source {
            let mut __put = ::core::clone::Clone::clone(__s);
            ::core::clone::Clone::clone_from(&mut __put.label, &self.title);
            ::core::clone::Clone::clone_from(&mut __put.confidence, &self.confidence);
            __put
        }
    }
    #[automatically_derived]
    impl __p::ViewOf<archive::Photo> for Labelled {
        const DIRECT: __p::Option<__p::Direct<Self>> = __p::Some(
            __p::Direct::declared(__SHOWN),
        );
        fn view_of(__s: archive::Photo) -> __p::Result<Self> {
            __p::Ok(<Self as __p::DeclaredView>::get_owned(__s))
        }
    }
    #[automatically_derived]
    impl Labelled {
        ///The lens between `Photo` and this view of it.
        pub const LENS: __p::Declared<Self> = __p::Declared::new();
    }
    __p::register_lens! {
        name : "Labelled", version : "1.0.0", module : ::core::module_path!(), lens :
        __p::Declared:: < Labelled > ::new(), source : __Source, view : Labelled,
        description : __p::None, mapping : & const { __TABLE.mapping(["title",
        "confidence"]) }, put : true,
    }
};
