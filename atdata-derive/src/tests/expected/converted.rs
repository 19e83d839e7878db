///Many [`Lap`] samples, as a struct of arrays.
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
struct LapBatch {
    ///`duration` of each sample.
    duration: ::atdata::__private::Vec<Duration>,
}
::atdata::__private::batch!(LapBatch of Lap);
const _: () = {
    use ::atdata::__private as __p;
    const __KEYS: &__p::KeyTable<1usize> = &__p::KeyTable::new([
        __p::key("duration", b"\xA8duration").or_as(&["length", "time"]),
    ]);
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
    impl<__T: __p::Proven<{ <Lap as __p::Proof>::FIELDS }>> __p::Gate<__T> for Lap {
        type Type = __T::Type;
    }
    type __P<__T> = <Lap as __p::Gate<__T>>::Type;
    struct __D0;
    #[automatically_derived]
    impl __p::Give<Duration> for __D0 {
        fn give() -> Duration {
            let __default: Duration = Duration::ZERO;
            __default
        }
    }
    #[automatically_derived]
    impl __p::PackField for Lap {
        const TYPE: __p::FieldType = __p::FieldType::Sample(
            __p::SchemaRef::new("Lap", "1.0.0", || <Self as __p::Packable>::SCHEMA),
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
        fn write_checked(
            &self,
            __spec: __p::ArraySpec,
            __out: &mut __p::Vec<__p::u8>,
        ) -> __p::Result<()> {
            __p::write_checked_row::<__Row>(self, __spec, __out)
        }
    }
    #[automatically_derived]
    impl __p::Packable for Lap {
        const SCHEMA: &'static __p::Schema = &__p::Schema::new(
            "Lap",
            "1.0.0",
            __p::None,
            &[
                __p::field::<__P<__T0>>("duration")
                    .default_value(
                        __p::DefaultValue::new(|| __p::default_json::<
                            __P<__T0>,
                        >(
                            &<__W0 as __p::IntoWire<
                                Duration,
                            >>::to_wire(&<__D0 as __p::Give<Duration>>::give()),
                        )),
                    ),
            ],
        );
        type Batch = LapBatch;
        type Builder = __Builder;
    }
    impl __p::Row for __Row {
        type Sample = Lap;
        type Batch = LapBatch;
        type Fields = (__p::Cell<__P<Duration>, __p::With<__W0>, __p::Given<__D0>>,);
        const LAYOUT: &'static __p::Layout = &__p::Layout::new("Lap", __KEYS, false);
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
    __p::builder!(__Builder(__Row) of Lap, LapBatch);
    impl __p::ViewSource for Lap {
        const KEYS: __p::Keys = __KEYS.keys();
        const CONVERTED: &'static [&'static __p::str] = &["duration"];
    }
};
