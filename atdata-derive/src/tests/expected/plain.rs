///Many [`Plain`] samples, as a struct of arrays.
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
struct PlainBatch {
    ///`a` of each sample.
    a: ::atdata::__private::OutOf<Plain, String>,
    ///`b` of each sample.
    b: ::atdata::__private::OutOf<Plain, i64>,
    ///`c` of each sample.
    c: ::atdata::__private::OutOf<Plain, f64>,
    ///`d` of each sample.
    d: ::atdata::__private::OutOf<Plain, Vec<u8>>,
    ///`e` of each sample.
    e: ::atdata::__private::OutOf<Plain, bool>,
}
::atdata::__private::batch!(PlainBatch of Plain);
const _: () = {
    use ::atdata::__private as __p;
    const __KNOWN: &[__p::Known; 5usize] = &[
        __p::field::<__P<String>>("a", b"\xA1a"),
        __p::field::<__P<i64>>("b", b"\xA1b"),
        __p::field::<__P<f64>>("c", b"\xA1c"),
        __p::field::<__P<Vec<u8>>>("d", b"\xA1d"),
        __p::field::<__P<bool>>("e", b"\xA1e"),
    ];
    const __KEYS: &__p::KeyTable<5usize> = &__p::KeyTable::new(__p::keys(__KNOWN));
    impl __p::Proof for Plain {
        const FIELDS: __p::bool = {
            __p::one_null(<String as __p::PackField>::TWO_NULLS, "a");
            __p::one_null(<i64 as __p::PackField>::TWO_NULLS, "b");
            __p::one_null(<f64 as __p::PackField>::TWO_NULLS, "c");
            __p::one_null(<Vec<u8> as __p::PackField>::TWO_NULLS, "d");
            __p::one_null(<bool as __p::PackField>::TWO_NULLS, "e");
            true
        };
    }
    __p::proven!(Plain);
    impl __p::Row for __Row {
        type Sample = Plain;
        type Fields = (
            __p::Cell<__P<String>>,
            __p::Cell<__P<i64>>,
            __p::Cell<__P<f64>>,
            __p::Cell<__P<Vec<u8>>>,
            __p::Cell<__P<bool>>,
        );
        const LAYOUT: &'static __p::Layout = &__p::Layout::new("Plain", __KEYS, false);
        const KNOWN: &'static [__p::Field] = &__p::fields(__KNOWN);
        fn from_values((__0, __1, __2, __3, __4): __p::Values<Self>) -> Plain {
            Plain {
                a: __0,
                b: __1,
                c: __2,
                d: __3,
                e: __4,
            }
        }
        fn into_values(__s: Plain) -> __p::Values<Self> {
            (__s.a, __s.b, __s.c, __s.d, __s.e)
        }
        fn refs(__s: &Plain) -> __p::Refs<'_, Self> {
            (&__s.a, &__s.b, &__s.c, &__s.d, &__s.e)
        }
        fn from_outs((__0, __1, __2, __3, __4): __p::Outs<Self>) -> PlainBatch {
            PlainBatch {
                a: __0,
                b: __1,
                c: __2,
                d: __3,
                e: __4,
            }
        }
        fn into_outs(__b: PlainBatch) -> __p::Outs<Self> {
            (__b.a, __b.b, __b.c, __b.d, __b.e)
        }
        fn outs(__b: &PlainBatch) -> __p::OutRefs<'_, Self> {
            (&__b.a, &__b.b, &__b.c, &__b.d, &__b.e)
        }
    }
    #[automatically_derived]
    impl __p::Packable for Plain {
        __p::packable!(PlainBatch, __Builder(__Row), "Plain", "1.0.0", __p::None);
    }
    impl __p::ViewSource for Plain {
        __p::view_source_of!(__Row);
    }
    __p::sample!(Plain("Plain", "1.0.0"), PlainBatch, __Builder(__Row));
};
