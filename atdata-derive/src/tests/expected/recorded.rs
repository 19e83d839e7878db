const _: () = {
    use ::atdata::__private as __p;
    const __KNOWN: &[__p::Known; 2usize] = &[
        __p::Known::new(
            __p::Field::new("image", __p::shaped::<__N0>())
                .optional(
                    <__P<
                        ArrayRef<'static, u8, Ix3>,
                    > as __p::BorrowField<'static>>::REF_OPTIONAL,
                ),
            b"\xA5image",
        ),
        __p::borrowed_field::<__P<&'static str>>("label", b"\xA5label"),
    ];
    const __KEYS: &__p::KeyTable<2usize> = &__p::KeyTable::new(__p::keys(__KNOWN));
    impl<'a> __p::Proof for PhotoRef<'a> {
        const FIELDS: __p::bool = {
            __p::one_null(
                <ArrayRef<'a, u8, Ix3> as __p::BorrowField<'a>>::REF_TWO_NULLS,
                "image",
            );
            __p::one_null(<&'a str as __p::BorrowField<'a>>::REF_TWO_NULLS, "label");
            true
        };
    }
    __p::proven!(PhotoRef < 'static >);
    struct __N0;
    #[automatically_derived]
    impl __p::Shape for __N0 {
        const OF: __p::FieldType = <__P<
            ArrayRef<'static, u8, Ix3>,
        > as __p::BorrowField<'static>>::REF_TYPE;
        const NAMES: __p::Option<&'static [&'static __p::str]> = __p::Some(
            &["height", "width", "channel"],
        );
    }
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
            .optional(
                <__P<
                    ArrayRef<'static, u8, Ix3>,
                > as __p::BorrowField<'static>>::REF_OPTIONAL,
            ),
        false,
        <__P<ArrayRef<'static, u8, Ix3>> as __p::BorrowField<'static>>::REF_NESTED,
    ) {
        __p::panic!("{}", __drift.as_str())
    };
    const _: () = if let __p::Some(__drift) = &__p::drift(
        "../atdata/tests/records/photo.json",
        &__p::RecordField::new("label", "str", false, __p::RecordType::Str),
        &__p::Field::new(
                "label",
                <__P<&'static str> as __p::BorrowField<'static>>::REF_TYPE,
            )
            .optional(<__P<&'static str> as __p::BorrowField<'static>>::REF_OPTIONAL),
        false,
        <__P<&'static str> as __p::BorrowField<'static>>::REF_NESTED,
    ) {
        __p::panic!("{}", __drift.as_str())
    };
    __p::borrowed!(
        PhotoRef < 'a > of(__p::Cell < __P < ArrayRef < 'a, u8, Ix3 > > >, __p::Cell <
        __P < & 'a str > >,), __KEYS, & __p::Layout::new("PhotoRef", __KEYS, true), |
        (__0, __1,) | Self { image : __0, label : __1 }
    );
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
                &[],
                true,
            ),
        );
        fn read_borrowed(__c: &mut __p::Cursor<'a>) -> __p::Result<Self> {
            __p::read_borrowed_row::<Self>(__c)
        }
    }
    #[automatically_derived]
    impl<'a> __p::PackableRef<'a> for PhotoRef<'a> {
        const REF_SCHEMA: &'static __p::Schema = &__p::Schema::new(
            "Photo",
            "1.2.0",
            __p::None,
            &__p::fields(__KNOWN),
        );
        fn read_ref(__c: &mut __p::Cursor<'a>) -> __p::Result<Self> {
            <Self as __p::BorrowField<'a>>::read_borrowed(__c)
        }
    }
};
