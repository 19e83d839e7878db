const _: () = {
    use ::atdata::__private as __p;
    #[automatically_derived]
    impl __p::Proof for Split {
        const FIELDS: __p::bool = __p::asks_clone::<Split>();
    }
    const __NAMES: &[&__p::str] = &["train", "dev", "final"];
    #[automatically_derived]
    impl __p::PackField for Split {
        const TYPE: __p::FieldType = __p::FieldType::Enum(__NAMES);
        const TWO_NULLS: __p::bool = !<Split as __p::Proof>::FIELDS;
        type Column = <__p::Vec<
            Split,
        > as __p::Proven<{ <Split as __p::Proof>::FIELDS }>>::Type;
        fn read(__c: &mut __p::Cursor<'_>) -> __p::Result<Self> {
            __p::Ok(
                match __p::enum_value(__c, __NAMES)? {
                    0usize => Split::Train,
                    1usize => Split::Validation,
                    _ => Split::r#Final,
                },
            )
        }
        fn write(&self, __out: &mut __p::Vec<__p::u8>) {
            __p::write_text(
                match self {
                    Split::Train => "train",
                    Split::Validation => "dev",
                    Split::r#Final => "final",
                },
                __out,
            )
        }
    }
    impl __p::Comparable for Split {
        type As = __p::LabelOf<Self>;
    }
    impl __p::InList for Split {}
};
