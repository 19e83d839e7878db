const _: () = {
    use ::atdata::__private as __p;
    #[automatically_derived]
    impl __p::Proof for Celsius {
        const FIELDS: __p::bool = {
            let _ = <f64 as __p::PackField>::OPTIONAL;
            true
        };
    }
    type __T0 = <f64 as __p::Proven<{ <Celsius as __p::Proof>::FIELDS }>>::Type;
    #[automatically_derived]
    impl __p::Newtype for Celsius {
        type Inner = __T0;
        fn wrap(__inner: __T0) -> Self {
            Self(__inner)
        }
        fn unwrap(self) -> __T0 {
            self.0
        }
    }
    #[automatically_derived]
    impl __p::PackField for Celsius {
        const TYPE: __p::FieldType = <__T0 as __p::PackField>::TYPE;
        const OPTIONAL: __p::bool = <__T0 as __p::PackField>::OPTIONAL;
        const ELEMENT: __p::FieldType = <__T0 as __p::PackField>::ELEMENT;
        const TWO_NULLS: __p::bool = <__T0 as __p::PackField>::TWO_NULLS;
        const NESTED: __p::Option<__p::NestedSample> = <__T0 as __p::PackField>::NESTED;
        const IMAGE: __p::Option<&'static __p::str> = <__T0 as __p::PackField>::IMAGE;
        const STACKS: __p::bool = <__T0 as __p::PackField>::STACKS;
        type Column = __p::NewtypeColumn<Self>;
        fn read(__c: &mut __p::Cursor<'_>) -> __p::Result<Self> {
            <__T0 as __p::PackField>::read(__c).map(Self)
        }
        fn write(&self, __out: &mut __p::Vec<__p::u8>) {
            <__T0 as __p::PackField>::write(&self.0, __out)
        }
        fn check(&self, __spec: __p::ArraySpec) -> __p::Result<()> {
            <__T0 as __p::PackField>::check(&self.0, __spec)
        }
    }
};
