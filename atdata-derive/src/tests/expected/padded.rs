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
    const __KNOWN: &[__p::Known; 2usize] = &[
        __p::field::<__P<Vec<i64>>>("tokens", b"\xA6tokens"),
        __p::field::<__P<Array1<i32>>>("labels", b"\xA6labels"),
    ];
    const __KEYS: &__p::KeyTable<2usize> = &__p::KeyTable::new(__p::keys(__KNOWN));
    impl __p::Proof for Sentence {
        const FIELDS: __p::bool = {
            __p::asks_pad::<Vec<i64>>();
            __p::one_null(<Vec<i64> as __p::PackField>::TWO_NULLS, "tokens");
            __p::asks_pad::<Array1<i32>>();
            __p::one_null(<Array1<i32> as __p::PackField>::TWO_NULLS, "labels");
            true
        };
    }
    __p::proven!(Sentence);
    struct __F1;
    #[automatically_derived]
    impl __p::Give<<__P<Array1<i32>> as __p::Pad>::Element> for __F1 {
        fn give() -> <__P<Array1<i32>> as __p::Pad>::Element {
            let __fill: <__P<Array1<i32>> as __p::Pad>::Element = -100;
            __fill
        }
    }
    impl __p::Row for __Row {
        type Sample = Sentence;
        type Fields = (
            __p::Cell<__P<Vec<i64>>, __p::Filled<__p::Zeros>>,
            __p::Cell<__P<Array1<i32>>, __p::Filled<__F1>>,
        );
        const LAYOUT: &'static __p::Layout = &__p::Layout::new(
            "Sentence",
            __KEYS,
            false,
        );
        const KNOWN: &'static [__p::Field] = &__p::fields(__KNOWN);
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
    #[automatically_derived]
    impl __p::Packable for Sentence {
        __p::packable!(SentenceBatch, __Builder(__Row), "Sentence", "1.0.0", __p::None);
    }
    impl __p::ViewSource for Sentence {
        __p::view_source_of!(__Row);
    }
    __p::sample!(Sentence("Sentence", "1.0.0"), SentenceBatch, __Builder(__Row));
};
