const _: () = {
    use ::atdata::__private as __p;
    static __KEYS: &[__p::FieldKey] = &[
        __p::key("image", b"\xA5image"),
        __p::key("label", b"\xA5label"),
    ];
    #[automatically_derived]
    impl<'a> __p::Proof for PhotoRef<'a> {
        const FIELDS: __p::bool = {
            let _ = <ArrayRef<'a, u8, Ix3> as __p::BorrowField<'a>>::REF_OPTIONAL;
            let _ = <&'a str as __p::BorrowField<'a>>::REF_OPTIONAL;
            true
        };
    }
    type __T0<'a> = <ArrayRef<
        'a,
        u8,
        Ix3,
    > as __p::ProvenRef<'a, { <PhotoRef<'static> as __p::Proof>::FIELDS }>>::Type;
    type __T1<'a> = <&'a str as __p::ProvenRef<
        'a,
        { <PhotoRef<'static> as __p::Proof>::FIELDS },
    >>::Type;
    struct __N0;
    #[automatically_derived]
    impl __p::Shape for __N0 {
        const OF: __p::FieldType = <__T0<
            'static,
        > as __p::BorrowField<'static>>::REF_TYPE;
        const NAMES: __p::Option<&'static [&'static __p::str]> = __p::Some(
            &["height", "width", "channel"],
        );
    }
    const _: () = if <__T0<'static> as __p::BorrowField<'static>>::REF_TWO_NULLS {
        __p::panic!(
            "field `image`: an `Option` of an `Option` or of a `Value` has two nulls, which look the same on the wire; remove the outer `Option`"
        )
    };
    const _: () = if <__T1<'static> as __p::BorrowField<'static>>::REF_TWO_NULLS {
        __p::panic!(
            "field `label`: an `Option` of an `Option` or of a `Value` has two nulls, which look the same on the wire; remove the outer `Option`"
        )
    };
    const _: () = if !__p::holds_array(
        <ArrayRef<'static, u8, Ix3> as __p::BorrowField<'static>>::REF_TYPE,
    ) {
        __p::panic!(
            "field `image`: `dims` is for arrays (`ndarray::Array`, `DynArray`, alone or in `Option`, `Vec` or a map); remove the attribute, or give the field an array type"
        )
    };
    const _: () = if let __p::Some(__rank) = __p::other_rank(
        <ArrayRef<'static, u8, Ix3> as __p::BorrowField<'static>>::REF_TYPE,
        3usize,
    ) {
        let __wrong = __p::Text::of_number(
            "field `image`: `dims` gives 3 dimensions, but the array type has ",
            __rank,
            "; make the two agree",
        );
        __p::panic!("{}", __wrong.as_str())
    };
    const _: &__p::str = ::core::include_str!(
        ::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/",
        "../atdata/tests/records/photo.json")
    );
    const _: () = if let __p::Some(__drift) = &__p::drift(
        "../atdata/tests/records/photo.json",
        &__p::RecordField::new(
            "image",
            "array<uint8, (_, _, 3)>",
            false,
            __p::RecordType::Array(
                __p::RecordArray::new(
                    __p::Some(__p::Dtype::UInt8),
                    __p::Some(3usize),
                    __p::Some(&[__p::None, __p::None, __p::Some(3usize)]),
                    __p::None,
                ),
            ),
        ),
        &__p::Field::new("image", __p::shaped::<__N0>())
            .optional(<__T0<'static> as __p::BorrowField<'static>>::REF_OPTIONAL),
        false,
        <__T0<'static> as __p::BorrowField<'static>>::REF_NESTED,
    ) {
        __p::panic!("{}", __drift.as_str())
    };
    const _: () = if let __p::Some(__drift) = &__p::drift(
        "../atdata/tests/records/photo.json",
        &__p::RecordField::new("label", "str", false, __p::RecordType::Str),
        &__p::Field::new("label", <__T1<'static> as __p::BorrowField<'static>>::REF_TYPE)
            .optional(<__T1<'static> as __p::BorrowField<'static>>::REF_OPTIONAL),
        false,
        <__T1<'static> as __p::BorrowField<'static>>::REF_NESTED,
    ) {
        __p::panic!("{}", __drift.as_str())
    };
    #[automatically_derived]
    impl<'a> __p::BorrowField<'a> for PhotoRef<'a> {
        const REF_TYPE: __p::FieldType = __p::FieldType::Sample(
            __p::SchemaRef::new(
                "Photo",
                "1.2.0",
                || <PhotoRef<'static> as __p::PackableRef<'static>>::REF_SCHEMA,
            ),
        );
        const REF_NESTED: __p::Option<__p::NestedSample> = __p::Some(
            __p::NestedSample::new(
                <PhotoRef<'static> as __p::PackableRef<'static>>::REF_SCHEMA,
                &[false, false],
                true,
            ),
        );
        fn read_borrowed(__c: &mut __p::Cursor<'a>) -> __p::Result<Self> {
            __p::sample(
                __c,
                "PhotoRef",
                |__c| {
                    let __start = __p::start(__c);
                    let mut __0 = __p::None;
                    let mut __1 = __p::None;
                    let mut __fields = __p::Fields::open(__c, __KEYS, true)?;
                    while let __p::Some(__i) = __fields.next(__c)? {
                        match __i {
                            0usize => {
                                __0 = __p::Some(__p::read_borrowed::<__T0>(__c, "image")?);
                            }
                            _ => {
                                __1 = __p::Some(__p::read_borrowed::<__T1>(__c, "label")?);
                            }
                        }
                    }
                    __p::Ok(Self {
                        image: __p::required_borrowed::<__T0>(__0, "image", __start)?,
                        label: __p::required_borrowed::<__T1>(__1, "label", __start)?,
                    })
                },
            )
        }
    }
    #[automatically_derived]
    impl<'a> __p::PackableRef<'a> for PhotoRef<'a> {
        const REF_SCHEMA: &'static __p::Schema = &__p::Schema::new(
            "Photo",
            "1.2.0",
            __p::None,
            &[
                __p::Field::new("image", __p::shaped::<__N0>())
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
