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
    const __KEYS: &__p::KeyTable<5usize> = &__p::KeyTable::new([
        __p::key("a", b"\xA1a"),
        __p::key("b", b"\xA1b"),
        __p::key("c", b"\xA1c"),
        __p::key("d", b"\xA1d"),
        __p::key("e", b"\xA1e"),
    ]);
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
    impl<__T: __p::Proven<{ <Plain as __p::Proof>::FIELDS }>> __p::Gate<__T> for Plain {
        type Type = __T::Type;
    }
    type __P<__T> = <Plain as __p::Gate<__T>>::Type;
    #[automatically_derived]
    impl __p::PackField for Plain {
        const TYPE: __p::FieldType = __p::FieldType::Sample(
            __p::SchemaRef::new("Plain", "1.0.0", || <Self as __p::Packable>::SCHEMA),
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
    impl __p::Packable for Plain {
        const SCHEMA: &'static __p::Schema = &__p::Schema::new(
            "Plain",
            "1.0.0",
            __p::None,
            &[
                __p::field::<__P<String>>("a"),
                __p::field::<__P<i64>>("b"),
                __p::field::<__P<f64>>("c"),
                __p::field::<__P<Vec<u8>>>("d"),
                __p::field::<__P<bool>>("e"),
            ],
        );
        type Batch = PlainBatch;
        type Builder = __Builder;
    }
    impl __p::Row for __Row {
        type Sample = Plain;
        type Batch = PlainBatch;
        type Fields = (
            __p::Cell<__P<String>>,
            __p::Cell<__P<i64>>,
            __p::Cell<__P<f64>>,
            __p::Cell<__P<Vec<u8>>>,
            __p::Cell<__P<bool>>,
        );
        const LAYOUT: &'static __p::Layout = &__p::Layout::new("Plain", __KEYS, false);
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
    __p::builder!(__Builder(__Row) of Plain, PlainBatch);
    impl __p::ViewSource for Plain {
        const KEYS: __p::Keys = __KEYS.keys();
    }
};
