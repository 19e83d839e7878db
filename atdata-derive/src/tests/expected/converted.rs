///Many [`Lap`] samples, as a struct of arrays.
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
struct LapBatch {
    ///`duration` of each sample.
    duration: ::atdata::__private::Vec<Duration>,
}
::atdata::__private::batch!(LapBatch of Lap);
const _: () = {
    use ::atdata::__private as __p;
    const __KNOWN: &[__p::Known; 1usize] = &[
        __p::field::<__P<__T0>>("duration", b"\xA8duration")
            .or_as(&["length", "time"])
            .default_value(
                __p::DefaultValue::new(|| __p::default_json::<
                    __P<__T0>,
                >(
                    &<__W0 as __p::IntoWire<
                        Duration,
                    >>::to_wire(&<__D0 as __p::Give<Duration>>::give()),
                )),
            ),
    ];
    const __KEYS: &__p::KeyTable<1usize> = &__p::KeyTable::new(__p::keys(__KNOWN));
    type __T0 = times::millis::Wire;
    struct __W0;
    #[automatically_derived]
    impl __p::FromWire<Duration> for __W0 {
        type Wire = __T0;
        fn from_wire(__w: __T0) -> __p::Result<Duration> {
            __p::converted(times::millis::from_wire(__w))
        }
    }
    #[automatically_derived]
    impl __p::IntoWire<Duration> for __W0 {
        fn to_wire(__v: &Duration) -> __T0 {
            times::millis::to_wire(__v)
        }
    }
    impl __p::Proof for Lap {
        const FIELDS: __p::bool = {
            __p::asks_clone::<Duration>();
            __p::one_null(<__T0 as __p::PackField>::TWO_NULLS, "duration");
            true
        };
    }
    __p::proven!(Lap);
    struct __D0;
    #[automatically_derived]
    impl __p::Give<Duration> for __D0 {
        fn give() -> Duration {
            let __default: Duration = Duration::ZERO;
            __default
        }
    }
    impl __p::Row for __Row {
        type Sample = Lap;
        type Fields = (__p::Cell<__P<Duration>, __p::With<__W0>, __p::Given<__D0>>,);
        const LAYOUT: &'static __p::Layout = &__p::Layout::new("Lap", __KEYS, false);
        const KNOWN: &'static [__p::Field] = &__p::fields(__KNOWN);
        const CONVERTED: &'static [&'static __p::str] = &["duration"];
        fn from_values((__0,): __p::Values<Self>) -> Lap {
            Lap { duration: __0 }
        }
        fn into_values(__s: Lap) -> __p::Values<Self> {
            (__s.duration,)
        }
        fn refs(__s: &Lap) -> __p::Refs<'_, Self> {
            (&__s.duration,)
        }
        fn from_outs((__0,): __p::Outs<Self>) -> LapBatch {
            LapBatch { duration: __0 }
        }
        fn into_outs(__b: LapBatch) -> __p::Outs<Self> {
            (__b.duration,)
        }
        fn outs(__b: &LapBatch) -> __p::OutRefs<'_, Self> {
            (&__b.duration,)
        }
    }
    #[automatically_derived]
    impl __p::Packable for Lap {
        __p::packable!(LapBatch, __Builder(__Row), "Lap", "1.0.0", __p::None);
    }
    impl __p::ViewSource for Lap {
        __p::view_source_of!(__Row);
    }
    __p::sample!(Lap("Lap", "1.0.0"), LapBatch, __Builder(__Row), write_checked);
};
