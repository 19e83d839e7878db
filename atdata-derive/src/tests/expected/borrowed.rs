const _: () = {
    use ::atdata::__private as __p;
    const __KNOWN: &[__p::Known; 2usize] = &[
        __p::borrowed_field::<__P<&'static str>>("text", b"\xA4text"),
        __p::borrowed_field::<__P<i64>>("label", b"\xA5label"),
    ];
    const __KEYS: &__p::KeyTable<2usize> = &__p::KeyTable::new(__p::keys(__KNOWN));
    impl<'a> __p::Proof for TextRef<'a> {
        const FIELDS: __p::bool = {
            __p::one_null(<&'a str as __p::BorrowField<'a>>::REF_TWO_NULLS, "text");
            __p::one_null(<i64 as __p::BorrowField<'a>>::REF_TWO_NULLS, "label");
            true
        };
    }
    __p::proven!(TextRef < 'static >);
    __p::borrowed!(
        TextRef < 'a > of(__p::Cell < __P < & 'a str > >, __p::Cell < __P < i64 > >,),
        __KEYS, & __p::Layout::new("TextRef", __KEYS, false), | (__0, __1,) | Self { text
        : __0, label : __1 }
    );
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
                &[],
                false,
            ),
        );
        fn read_borrowed(__c: &mut __p::Cursor<'a>) -> __p::Result<Self> {
            __p::read_borrowed_row::<Self>(__c)
        }
    }
    #[automatically_derived]
    impl<'a> __p::PackableRef<'a> for TextRef<'a> {
        const REF_SCHEMA: &'static __p::Schema = &__p::Schema::new(
            "TextRef",
            "1.0.0",
            __p::None,
            &__p::fields(__KNOWN),
        );
        fn read_ref(__c: &mut __p::Cursor<'a>) -> __p::Result<Self> {
            <Self as __p::BorrowField<'a>>::read_borrowed(__c)
        }
    }
};
