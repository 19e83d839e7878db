///Many [`Sentence`] samples, as a struct of arrays.
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
struct SentenceBatch {
    ///`tokens` of each sample.
    tokens: ::atdata::__private::PaddedOf<Sentence, Vec<i64>>,
    ///`labels` of each sample.
    labels: ::atdata::__private::PaddedOf<Sentence, Array1<i32>>,
}
::atdata::__private::batch!(SentenceBatch of Sentence);
const _: () = {
    use ::atdata::__private as __p;
    const __KEYS: &__p::KeyTable<2usize> = &__p::KeyTable::new([
        __p::key("tokens", b"\xA6tokens"),
        __p::key("labels", b"\xA6labels"),
    ]);
    impl __p::Proof for Sentence {
        const FIELDS: __p::bool = {
            __p::asks_pad::<Vec<i64>>();
            __p::one_null(<Vec<i64> as __p::PackField>::TWO_NULLS, "tokens");
            __p::asks_pad::<Array1<i32>>();
            __p::one_null(<Array1<i32> as __p::PackField>::TWO_NULLS, "labels");
            true
        };
    }
    impl<__T: __p::Proven<{ <Sentence as __p::Proof>::FIELDS }>> __p::Gate<__T>
    for Sentence {
        type Type = __T::Type;
    }
    type __P<__T> = <Sentence as __p::Gate<__T>>::Type;
    struct __F1;
    #[automatically_derived]
    impl __p::Give<<__P<Array1<i32>> as __p::Pad>::Element> for __F1 {
        fn give() -> <__P<Array1<i32>> as __p::Pad>::Element {
            let __fill: <__P<Array1<i32>> as __p::Pad>::Element = -100;
            __fill
        }
    }
    #[automatically_derived]
    impl __p::PackField for Sentence {
        const TYPE: __p::FieldType = __p::FieldType::Sample(
            __p::SchemaRef::new("Sentence", "1.0.0", || <Self as __p::Packable>::SCHEMA),
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
    impl __p::Packable for Sentence {
        const SCHEMA: &'static __p::Schema = &__p::Schema::new(
            "Sentence",
            "1.0.0",
            __p::None,
            &[
                __p::field::<__P<Vec<i64>>>("tokens"),
                __p::field::<__P<Array1<i32>>>("labels"),
            ],
        );
        type Batch = SentenceBatch;
        type Builder = __Builder;
    }
    impl __p::Row for __Row {
        type Sample = Sentence;
        type Batch = SentenceBatch;
        type Fields = (
            __p::Cell<__P<Vec<i64>>, __p::Filled<__p::Zeros>>,
            __p::Cell<__P<Array1<i32>>, __p::Filled<__F1>>,
        );
        const LAYOUT: &'static __p::Layout = &__p::Layout::new(
            "Sentence",
            __KEYS,
            false,
        );
        fn from_values((__0, __1): __p::Values<Self>) -> Sentence {
            Sentence {
                tokens: __0,
                labels: __1,
            }
        }
        fn into_values(__s: Sentence) -> __p::Values<Self> {
            (__s.tokens, __s.labels)
        }
        fn refs(__s: &Sentence) -> __p::Refs<'_, Self> {
            (&__s.tokens, &__s.labels)
        }
        fn from_outs((__0, __1): __p::Outs<Self>) -> SentenceBatch {
            SentenceBatch {
                tokens: __0,
                labels: __1,
            }
        }
        fn into_outs(__b: SentenceBatch) -> __p::Outs<Self> {
            (__b.tokens, __b.labels)
        }
        fn outs(__b: &SentenceBatch) -> __p::OutRefs<'_, Self> {
            (&__b.tokens, &__b.labels)
        }
    }
    __p::builder!(__Builder(__Row) of Sentence, SentenceBatch);
    impl __p::ViewSource for Sentence {
        const KEYS: __p::Keys = __KEYS.keys();
    }
};
