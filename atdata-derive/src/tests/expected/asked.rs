///Many [`Asked`] samples, as a struct of arrays.
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct AskedBatch {
    ///`label` of each sample.
    pub label: ::atdata::__private::OutOf<Asked, String>,
    ///`r#type` of each sample.
    r#type: ::atdata::__private::OutOf<Asked, Option<f64>>,
    ///`length` of each sample.
    pub(crate) length: ::atdata::__private::Vec<Duration>,
    ///`place` of each sample.
    pub place: ::atdata::__private::OutOf<Asked, Place>,
}
::atdata::__private::batch!(pub AskedBatch of Asked);
///The fields of [`Asked`], for predicates.
#[allow(dead_code)]
pub enum AskedFields {}
const _: () = {
    use ::atdata::__private as __p;
    const __KNOWN0: &[__p::Known; 3usize] = &[
        __p::field::<__P<String>>("label", b"\xA5label"),
        __p::field::<__P<Option<f64>>>("type", b"\xA4type"),
        __p::field::<__P<__T2>>("length", b"\xA6length"),
    ];
    const __PARTS: &[__p::Part<__p::FieldKey>] = &[
        __p::Part::own(&__p::keys(__KNOWN0)),
        __p::Part::flat("place", <__P<Place> as __p::FlatKeys>::FLAT_KEYS.list()),
    ];
    const __LEN: __p::usize = __p::count(__PARTS);
    const __KEYS: &__p::KeyTable<__LEN> = &__p::KeyTable::new(__p::joined_keys(__PARTS));
    const _: () = __p::one_field_each(__PARTS, &__KEYS.keys(), "place", "Asked");
    type __T2 = times::millis::Wire;
    struct __W2;
    #[automatically_derived]
    impl __p::FromWire<Duration> for __W2 {
        type Wire = __T2;
        fn from_wire(__w: __T2) -> __p::Result<Duration> {
            __p::converted(times::millis::from_wire(__w))
        }
    }
    #[automatically_derived]
    impl __p::IntoWire<Duration> for __W2 {
        fn to_wire(__v: &Duration) -> __T2 {
            times::millis::to_wire(__v)
        }
    }
    impl __p::Proof for Asked {
        const FIELDS: __p::bool = {
            __p::one_null(<String as __p::PackField>::TWO_NULLS, "label");
            __p::asks(<Option<f64> as __p::PackField>::TWO_NULLS);
            __p::asks_clone::<Duration>();
            __p::one_null(<__T2 as __p::PackField>::TWO_NULLS, "length");
            __p::asks(<Place as __p::Flat>::FLAT);
            true
        };
    }
    __p::proven!(Asked);
    const _: () = __p::one_null(
        <__P<Option<f64>> as __p::PackField>::TWO_NULLS,
        "r#type",
    );
    impl __p::Row for __Row {
        type Sample = Asked;
        type Fields = (
            __p::Cell<__P<String>>,
            __p::Cell<__P<Option<f64>>>,
            __p::Cell<__P<Duration>, __p::With<__W2>, __p::With<__W2>>,
            __p::Flattened<__P<Place>>,
        );
        const LAYOUT: &'static __p::Layout = &__p::Layout::new("Asked", __KEYS, false);
        const KNOWN: &'static [__p::Field] = &__p::joined_fields::<
            __LEN,
        >(
            &[
                __p::Part::own(&__p::fields(__KNOWN0)),
                __p::Part::flat("place", __p::fields_of::<__P<Place>>()),
            ],
        );
        const CASTS: &'static [__p::bool] = &__p::joined_casts::<
            __LEN,
        >(__PARTS, &[&[], __p::casts_of::<__P<Place>>()]);
        const CONVERTED: &'static [&'static __p::str] = &["length"];
        const FLATTENED: &'static [__p::FlatField] = &[
            __p::FlatField::new::<
                __P<Place>,
            >("place", __p::count(__PARTS.split_at(1usize).0)),
        ];
        fn from_values((__0, __1, __2, __3): __p::Values<Self>) -> Asked {
            Asked {
                label: __0,
                r#type: __1,
                length: __2,
                place: __3,
            }
        }
        fn into_values(__s: Asked) -> __p::Values<Self> {
            (__s.label, __s.r#type, __s.length, __s.place)
        }
        fn refs(__s: &Asked) -> __p::Refs<'_, Self> {
            (&__s.label, &__s.r#type, &__s.length, &__s.place)
        }
        fn from_outs((__0, __1, __2, __3): __p::Outs<Self>) -> AskedBatch {
            AskedBatch {
                label: __0,
                r#type: __1,
                length: __2,
                place: __3,
            }
        }
        fn into_outs(__b: AskedBatch) -> __p::Outs<Self> {
            (__b.label, __b.r#type, __b.length, __b.place)
        }
        fn outs(__b: &AskedBatch) -> __p::OutRefs<'_, Self> {
            (&__b.label, &__b.r#type, &__b.length, &__b.place)
        }
    }
    #[automatically_derived]
    impl __p::Packable for Asked {
        __p::packable!(AskedBatch, __Builder(__Row), "Asked", "1.0.0", __p::None);
    }
    impl __p::ViewSource for Asked {
        __p::view_source_of!(__Row);
    }
    __p::sample!(
        pub Asked("Asked", "1.0.0"), AskedBatch, __Builder(__Row), write_checked
    );
    #[automatically_derived]
    #[allow(
        dead_code,
        non_snake_case,
        clippy::new_ret_no_self,
        clippy::self_named_constructors,
        clippy::should_implement_trait,
        clippy::wrong_self_convention
    )]
    impl AskedFields {
        ///The field `label`, for predicates.
        pub fn label() -> __p::FieldOf<Asked, String> {
            __p::FieldOf::named("label")
        }
        ///The field `type`, for predicates.
        fn r#type() -> __p::FieldOf<Asked, Option<f64>> {
            __p::FieldOf::named("type")
        }
        ///The field `length`, for predicates.
        pub(crate) fn length() -> __p::FieldOf<Asked, __T2> {
            __p::FieldOf::named("length")
        }
        ///The field `place`, for predicates.
        pub fn place() -> __p::FieldOf<Asked, __p::Inlined<Place>> {
            __p::FieldOf::flattened()
        }
    }
};
