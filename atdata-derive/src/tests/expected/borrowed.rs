const _: () = {
    use ::atdata::__private as __p;
    static __KEYS: &[__p::FieldKey] = &[
        __p::key("text", b"\xA4text"),
        __p::key("label", b"\xA5label"),
    ];
    #[automatically_derived]
    impl<'a> __p::Proof for TextRef<'a> {
        const FIELDS: __p::bool = {
            let _ = <&'a str as __p::BorrowField<'a>>::REF_OPTIONAL;
            let _ = <i64 as __p::BorrowField<'a>>::REF_OPTIONAL;
            true
        };
    }
    type __T0<'a> = <&'a str as __p::ProvenRef<
        'a,
        { <TextRef<'static> as __p::Proof>::FIELDS },
    >>::Type;
    type __T1<'a> = <i64 as __p::ProvenRef<
        'a,
        { <TextRef<'static> as __p::Proof>::FIELDS },
    >>::Type;
    const _: () = if <__T0<'static> as __p::BorrowField<'static>>::REF_TWO_NULLS {
        __p::panic!(
            "field `text`: an `Option` of an `Option` or of a `Value` has two nulls, which look the same on the wire; remove the outer `Option`"
        )
    };
    const _: () = if <__T1<'static> as __p::BorrowField<'static>>::REF_TWO_NULLS {
        __p::panic!(
            "field `label`: an `Option` of an `Option` or of a `Value` has two nulls, which look the same on the wire; remove the outer `Option`"
        )
    };
    #[automatically_derived]
    impl<'a> __p::BorrowField<'a> for TextRef<'a> {
        const REF_TYPE: __p::FieldType = __p::FieldType::Sample(
            __p::SchemaRef::new(
                "TextRef",
                "1.0.0",
                || <TextRef<'static> as __p::PackableRef<'static>>::REF_SCHEMA,
            ),
        );
        const REF_NESTED: __p::Option<__p::NestedSample> = __p::Some(
            __p::NestedSample::new(
                <TextRef<'static> as __p::PackableRef<'static>>::REF_SCHEMA,
                &[false, false],
                false,
            ),
        );
        fn read_borrowed(__c: &mut __p::Cursor<'a>) -> __p::Result<Self> {
            __p::sample(
                __c,
                "TextRef",
                |__c| {
                    let __start = __p::start(__c);
                    let mut __0 = __p::None;
                    let mut __1 = __p::None;
                    let mut __fields = __p::Fields::open(__c, __KEYS, false)?;
                    while let __p::Some(__i) = __fields.next(__c)? {
                        match __i {
                            0usize => {
                                __0 = __p::Some(__p::read_borrowed::<__T0>(__c, "text")?);
                            }
                            _ => {
                                __1 = __p::Some(__p::read_borrowed::<__T1>(__c, "label")?);
                            }
                        }
                    }
                    __p::Ok(Self {
                        text: __p::required_borrowed::<__T0>(__0, "text", __start)?,
                        label: __p::required_borrowed::<__T1>(__1, "label", __start)?,
                    })
                },
            )
        }
    }
    #[automatically_derived]
    impl<'a> __p::PackableRef<'a> for TextRef<'a> {
        const REF_SCHEMA: &'static __p::Schema = &__p::Schema::new(
            "TextRef",
            "1.0.0",
            __p::None,
            &[
                __p::Field::new("text", <__T0 as __p::BorrowField<'a>>::REF_TYPE)
                    .optional(<__T0 as __p::BorrowField<'a>>::REF_OPTIONAL),
                __p::Field::new("label", <__T1 as __p::BorrowField<'a>>::REF_TYPE)
                    .optional(<__T1 as __p::BorrowField<'a>>::REF_OPTIONAL),
            ],
        );
        fn read_ref(__c: &mut __p::Cursor<'a>) -> __p::Result<Self> {
            <Self as __p::BorrowField<'a>>::read_borrowed(__c)
        }
    }
};
