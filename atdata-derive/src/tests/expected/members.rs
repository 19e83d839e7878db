///Many [`Member`] samples, as a struct of arrays.
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
struct MemberBatch {
    ///`split` of each sample.
    split: ::atdata::__private::OutOf<Member, String>,
    ///`id` of each sample.
    id: ::atdata::__private::OutOf<Member, i64>,
    ///`image` of each sample.
    image: ::atdata::__private::OutOf<Member, Vec<u8>>,
    ///`points` of each sample.
    points: ::atdata::__private::OutOf<Member, Vec<f64>>,
}
::atdata::__private::batch!(MemberBatch of Member);
const _: () = {
    use ::atdata::__private as __p;
    const __KNOWN: &[__p::Known; 4usize] = &[
        __p::field::<__P<String>>("split", b"\xA5split"),
        __p::field::<__P<i64>>("id", b"\xA2id"),
        __p::field::<__P<Vec<u8>>>("image", b"\xA5image").member("jpg|jpeg"),
        __p::field::<__P<Vec<f64>>>("points", b"\xA6points").member("csv").codec("Csv"),
    ];
    const __KEYS: &__p::KeyTable<4usize> = &__p::KeyTable::new(__p::keys(__KNOWN));
    impl __p::Proof for Member {
        const FIELDS: __p::bool = {
            __p::one_null(<String as __p::PackField>::TWO_NULLS, "split");
            __p::one_null(<i64 as __p::PackField>::TWO_NULLS, "id");
            __p::one_null(<Vec<u8> as __p::PackField>::TWO_NULLS, "image");
            __p::one_null(<Vec<f64> as __p::PackField>::TWO_NULLS, "points");
            true
        };
    }
    __p::proven!(Member);
    const _: () = if !__p::fits_key(<__P<String> as __p::PackField>::TYPE)
        || <__P<String> as __p::PackField>::OPTIONAL
    {
        __p::panic!(
            "field `split` comes from the key of the sample: it is text or a whole number (`String`, an integer, an enum)"
        )
    };
    const _: () = if !__p::fits_key(<__P<i64> as __p::PackField>::TYPE)
        || <__P<i64> as __p::PackField>::OPTIONAL
    {
        __p::panic!(
            "field `id` comes from the key of the sample: it is text or a whole number (`String`, an integer, an enum)"
        )
    };
    const _: () = if !__p::fits_member(<__P<Vec<u8>> as __p::PackField>::TYPE, "jpg") {
        __p::panic!(
            "field `image`: a member \"jpg\" holds bytes, which is not what the field's type is; name one that says what it holds, such as \"jpg.json\" or \"jpg.mp\", or change the type"
        )
    };
    const _: () = if !__p::fits_member(<__P<Vec<u8>> as __p::PackField>::TYPE, "jpeg") {
        __p::panic!(
            "field `image`: a member \"jpeg\" holds bytes, which is not what the field's type is; name one that says what it holds, such as \"jpeg.json\" or \"jpeg.mp\", or change the type"
        )
    };
    impl __p::Row for __Row {
        type Sample = Member;
        type Fields = (
            __p::Cell<__P<String>>,
            __p::Cell<__P<i64>>,
            __p::Cell<__P<Vec<u8>>>,
            __p::Cell<__P<Vec<f64>>>,
        );
        const LAYOUT: &'static __p::Layout = &__p::Layout::new("Member", __KEYS, true);
        const KNOWN: &'static [__p::Field] = &__p::fields(__KNOWN);
        const STORED: __p::SampleLayout = __p::SampleLayout::Members(
            &__p::MemberTable::new(
                <Member as __p::Packable>::SCHEMA,
                &[
                    __p::MemberSource::key("split"),
                    __p::MemberSource::key("id"),
                    __p::MemberSource::member("image", &["jpg", "jpeg"]),
                    __p::MemberSource::member("points", &["csv"]).codec(&Csv),
                ],
                &[
                    __p::KeyPart::Field("split"),
                    __p::KeyPart::Text("/"),
                    __p::KeyPart::Field("id"),
                ],
                true,
            ),
        );
        fn from_values((__0, __1, __2, __3): __p::Values<Self>) -> Member {
            Member {
                split: __0,
                id: __1,
                image: __2,
                points: __3,
            }
        }
        fn into_values(__s: Member) -> __p::Values<Self> {
            (__s.split, __s.id, __s.image, __s.points)
        }
        fn refs(__s: &Member) -> __p::Refs<'_, Self> {
            (&__s.split, &__s.id, &__s.image, &__s.points)
        }
        fn from_outs((__0, __1, __2, __3): __p::Outs<Self>) -> MemberBatch {
            MemberBatch {
                split: __0,
                id: __1,
                image: __2,
                points: __3,
            }
        }
        fn into_outs(__b: MemberBatch) -> __p::Outs<Self> {
            (__b.split, __b.id, __b.image, __b.points)
        }
        fn outs(__b: &MemberBatch) -> __p::OutRefs<'_, Self> {
            (&__b.split, &__b.id, &__b.image, &__b.points)
        }
    }
    #[automatically_derived]
    impl __p::Packable for Member {
        __p::packable!(
            MemberBatch, __Builder(__Row), "Member", "1.0.0", __p::None,
            members("{split}/{id}"), allowing_unknown()
        );
    }
    impl __p::ViewSource for Member {
        __p::view_source_of!(__Row);
    }
    __p::sample!(Member("Member", "1.0.0"), MemberBatch, __Builder(__Row));
};
