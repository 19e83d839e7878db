const _: () = {
    use ::atdata::__private as __p;
    #[automatically_derived]
    impl __p::Proof for Split {
        const FIELDS: __p::bool = __p::asks_clone::<Split>();
    }
    const __NAMES: &[&__p::str] = &["Train", "Test"];
    #[automatically_derived]
    impl __p::PackField for Split {
        const TYPE: __p::FieldType = __p::FieldType::Enum(__NAMES);
        const TWO_NULLS: __p::bool = !<Split as __p::Proof>::FIELDS;
        type Column = <__p::Vec<
            Split,
        > as __p::Proven<{ <Split as __p::Proof>::FIELDS }>>::Type;
        fn read(__c: &mut __p::Cursor<'_>) -> __p::Result<Self> {
            let (__place, __text) = __p::enum_label(__c, __NAMES)?;
            __p::Ok(
                match __place {
                    __p::None => Split::Unknown(__p::LabelText::of_label(__text)),
                    __p::Some(__place) => {
                        match __place {
                            0usize => Split::Train,
                            _ => Split::Test,
                        }
                    }
                },
            )
        }
        fn write(&self, __out: &mut __p::Vec<__p::u8>) {
            __p::write_text(
                match self {
                    Split::Train => "Train",
                    Split::Test => "Test",
                    Split::Unknown(__text) => __p::LabelText::label(__text),
                },
                __out,
            )
        }
        fn check(&self, _: __p::ArraySpec) -> __p::Result<()> {
            match self {
                Split::Unknown(__text) => {
                    __p::check_label(__p::LabelText::label(__text), __NAMES)
                }
                _ => __p::Ok(()),
            }
        }
    }
    impl __p::Comparable for Split {
        type As = __p::LabelOf<Self>;
    }
    impl __p::InList for Split {}
};
