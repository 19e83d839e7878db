///Many [`Plain`] samples, as a struct of arrays.
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
struct PlainBatch {
    ///`a` of each sample.
    a: ::atdata::__private::OutOf<
        String,
        { <Plain as ::atdata::__private::Proof>::FIELDS },
    >,
    ///`b` of each sample.
    b: ::atdata::__private::OutOf<
        i64,
        { <Plain as ::atdata::__private::Proof>::FIELDS },
    >,
    ///`c` of each sample.
    c: ::atdata::__private::OutOf<
        f64,
        { <Plain as ::atdata::__private::Proof>::FIELDS },
    >,
    ///`d` of each sample.
    d: ::atdata::__private::OutOf<
        Vec<u8>,
        { <Plain as ::atdata::__private::Proof>::FIELDS },
    >,
    ///`e` of each sample.
    e: ::atdata::__private::OutOf<
        bool,
        { <Plain as ::atdata::__private::Proof>::FIELDS },
    >,
}
#[automatically_derived]
impl PlainBatch {
    /// Number of samples.
    #[must_use]
    fn len(&self) -> ::atdata::__private::usize {
        ::atdata::__private::Batch::len(self)
    }
    /// Whether there are no samples.
    #[must_use]
    fn is_empty(&self) -> ::atdata::__private::bool {
        ::atdata::__private::Batch::is_empty(self)
    }
    /// A copy of one sample, `None` past the end.
    #[must_use]
    fn row(
        &self,
        __index: ::atdata::__private::usize,
    ) -> ::atdata::__private::Option<Plain> {
        ::atdata::__private::Batch::row(self, __index)
    }
    /// Copies of all samples.
    #[must_use]
    fn to_samples(&self) -> ::atdata::__private::Vec<Plain> {
        ::atdata::__private::Batch::to_samples(self)
    }
    /// Stacks samples.
    ///
    /// # Errors
    /// If the arrays of a field differ in shape.
    fn from_samples(
        __samples: impl ::core::iter::IntoIterator<Item = Plain>,
    ) -> ::atdata::__private::Result<Self> {
        ::atdata::__private::from_samples::<Plain>(__samples)
    }
}
const _: () = {
    use ::atdata::__private as __p;
    static __KEYS: &[__p::FieldKey] = &[
        __p::key("a", b"\xA1a"),
        __p::key("b", b"\xA1b"),
        __p::key("c", b"\xA1c"),
        __p::key("d", b"\xA1d"),
        __p::key("e", b"\xA1e"),
    ];
    #[automatically_derived]
    impl __p::Proof for Plain {
        const FIELDS: __p::bool = {
            let _ = <String as __p::PackField>::OPTIONAL;
            let _ = <i64 as __p::PackField>::OPTIONAL;
            let _ = <f64 as __p::PackField>::OPTIONAL;
            let _ = <Vec<u8> as __p::PackField>::OPTIONAL;
            let _ = <bool as __p::PackField>::OPTIONAL;
            true
        };
    }
    type __T0 = <String as __p::Proven<{ <Plain as __p::Proof>::FIELDS }>>::Type;
    type __T1 = <i64 as __p::Proven<{ <Plain as __p::Proof>::FIELDS }>>::Type;
    type __T2 = <f64 as __p::Proven<{ <Plain as __p::Proof>::FIELDS }>>::Type;
    type __T3 = <Vec<u8> as __p::Proven<{ <Plain as __p::Proof>::FIELDS }>>::Type;
    type __T4 = <bool as __p::Proven<{ <Plain as __p::Proof>::FIELDS }>>::Type;
    const _: () = if <__T0 as __p::PackField>::TWO_NULLS {
        __p::panic!(
            "field `a`: an `Option` of an `Option` or of a `Value` has two nulls, which look the same on the wire; remove the outer `Option`"
        )
    };
    const _: () = if <__T1 as __p::PackField>::TWO_NULLS {
        __p::panic!(
            "field `b`: an `Option` of an `Option` or of a `Value` has two nulls, which look the same on the wire; remove the outer `Option`"
        )
    };
    const _: () = if <__T2 as __p::PackField>::TWO_NULLS {
        __p::panic!(
            "field `c`: an `Option` of an `Option` or of a `Value` has two nulls, which look the same on the wire; remove the outer `Option`"
        )
    };
    const _: () = if <__T3 as __p::PackField>::TWO_NULLS {
        __p::panic!(
            "field `d`: an `Option` of an `Option` or of a `Value` has two nulls, which look the same on the wire; remove the outer `Option`"
        )
    };
    const _: () = if <__T4 as __p::PackField>::TWO_NULLS {
        __p::panic!(
            "field `e`: an `Option` of an `Option` or of a `Value` has two nulls, which look the same on the wire; remove the outer `Option`"
        )
    };
    #[automatically_derived]
    impl __p::PackField for Plain {
        const TYPE: __p::FieldType = __p::FieldType::Sample(
            __p::SchemaRef::new("Plain", "1.0.0", || <Self as __p::Packable>::SCHEMA),
        );
        const NESTED: __p::Option<__p::NestedSample> = __p::Some(
            __p::NestedSample::new(
                <Self as __p::Packable>::SCHEMA,
                &[false, false, false, false, false],
                false,
            ),
        );
        type Column = __Builder;
        fn read(__c: &mut __p::Cursor<'_>) -> __p::Result<Self> {
            __p::sample(
                __c,
                "Plain",
                |__c| {
                    let __start = __p::start(__c);
                    let mut __0 = __p::None;
                    let mut __1 = __p::None;
                    let mut __2 = __p::None;
                    let mut __3 = __p::None;
                    let mut __4 = __p::None;
                    let mut __fields = __p::Fields::open(__c, __KEYS, false)?;
                    while let __p::Some(__i) = __fields.next(__c)? {
                        match __i {
                            0usize => __0 = __p::Some(__p::read::<__T0>(__c, "a")?),
                            1usize => __1 = __p::Some(__p::read::<__T1>(__c, "b")?),
                            2usize => __2 = __p::Some(__p::read::<__T2>(__c, "c")?),
                            3usize => __3 = __p::Some(__p::read::<__T3>(__c, "d")?),
                            _ => __4 = __p::Some(__p::read::<__T4>(__c, "e")?),
                        }
                    }
                    __p::Ok(Self {
                        a: __p::required::<__T0>(__0, "a", __start)?,
                        b: __p::required::<__T1>(__1, "b", __start)?,
                        c: __p::required::<__T2>(__2, "c", __start)?,
                        d: __p::required::<__T3>(__3, "d", __start)?,
                        e: __p::required::<__T4>(__4, "e", __start)?,
                    })
                },
            )
        }
        fn write(&self, __out: &mut __p::Vec<__p::u8>) {
            __p::write_map(5usize, __out);
            __p::write::<__T0>(&self.a, b"\xA1a", __out);
            __p::write::<__T1>(&self.b, b"\xA1b", __out);
            __p::write::<__T2>(&self.c, b"\xA1c", __out);
            __p::write::<__T3>(&self.d, b"\xA1d", __out);
            __p::write::<__T4>(&self.e, b"\xA1e", __out);
        }
        fn check(&self, __sample: __p::ArraySpec) -> __p::Result<()> {
            let __sample = __p::check_sample::<Self>(__sample)?;
            __p::check::<__T0>(&self.a, "a", __sample, __p::ArraySpec::ANY)?;
            __p::check::<__T1>(&self.b, "b", __sample, __p::ArraySpec::ANY)?;
            __p::check::<__T2>(&self.c, "c", __sample, __p::ArraySpec::ANY)?;
            __p::check::<__T3>(&self.d, "d", __sample, __p::ArraySpec::ANY)?;
            __p::check::<__T4>(&self.e, "e", __sample, __p::ArraySpec::ANY)?;
            __p::Ok(())
        }
    }
    #[automatically_derived]
    impl __p::Packable for Plain {
        const SCHEMA: &'static __p::Schema = &__p::Schema::new(
            "Plain",
            "1.0.0",
            __p::None,
            &[
                __p::Field::new("a", <__T0 as __p::PackField>::TYPE)
                    .optional(<__T0 as __p::PackField>::OPTIONAL),
                __p::Field::new("b", <__T1 as __p::PackField>::TYPE)
                    .optional(<__T1 as __p::PackField>::OPTIONAL),
                __p::Field::new("c", <__T2 as __p::PackField>::TYPE)
                    .optional(<__T2 as __p::PackField>::OPTIONAL),
                __p::Field::new("d", <__T3 as __p::PackField>::TYPE)
                    .optional(<__T3 as __p::PackField>::OPTIONAL),
                __p::Field::new("e", <__T4 as __p::PackField>::TYPE)
                    .optional(<__T4 as __p::PackField>::OPTIONAL),
            ],
        );
        type Batch = PlainBatch;
        type Builder = __Builder;
    }
    type __C0 = __p::ColumnOf<__T0>;
    type __C1 = __p::ColumnOf<__T1>;
    type __C2 = __p::ColumnOf<__T2>;
    type __C3 = __p::ColumnOf<__T3>;
    type __C4 = __p::ColumnOf<__T4>;
    struct __Builder {
        __rows: __p::usize,
        __0: __C0,
        __1: __C1,
        __2: __C2,
        __3: __C3,
        __4: __C4,
    }
    #[automatically_derived]
    impl ::core::fmt::Debug for __Builder {
        fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            ::core::fmt::Formatter::debug_struct(__f, "Builder")
                .field("rows", &self.__rows)
                .finish_non_exhaustive()
        }
    }
    #[automatically_derived]
    impl __p::Column for __Builder {
        type Value = Plain;
        type Out = PlainBatch;
        fn with_capacity(__rows: __p::usize) -> Self {
            Self {
                __rows: 0,
                __0: <__C0 as __p::Column>::with_capacity(__rows),
                __1: <__C1 as __p::Column>::with_capacity(__rows),
                __2: <__C2 as __p::Column>::with_capacity(__rows),
                __3: <__C3 as __p::Column>::with_capacity(__rows),
                __4: <__C4 as __p::Column>::with_capacity(__rows),
            }
        }
        fn reuse(__out: PlainBatch, __rows: __p::usize) -> Self {
            Self {
                __rows: 0,
                __0: <__C0 as __p::Column>::reuse(__out.a, __rows),
                __1: <__C1 as __p::Column>::reuse(__out.b, __rows),
                __2: <__C2 as __p::Column>::reuse(__out.c, __rows),
                __3: <__C3 as __p::Column>::reuse(__out.d, __rows),
                __4: <__C4 as __p::Column>::reuse(__out.e, __rows),
            }
        }
        fn read(&mut self, __c: &mut __p::Cursor<'_>) -> __p::Result<()> {
            let __start = __p::start(__c);
            let __read = __p::sample(
                __c,
                "Plain",
                |__c| {
                    let mut __0 = false;
                    let mut __1 = false;
                    let mut __2 = false;
                    let mut __3 = false;
                    let mut __4 = false;
                    let mut __fields = __p::Fields::open(__c, __KEYS, false)?;
                    while let __p::Some(__i) = __fields.next(__c)? {
                        match __i {
                            0usize => {
                                __p::read_column(
                                    &mut self.__0,
                                    __c,
                                    self.__rows,
                                    &mut __0,
                                    "a",
                                )?
                            }
                            1usize => {
                                __p::read_column(
                                    &mut self.__1,
                                    __c,
                                    self.__rows,
                                    &mut __1,
                                    "b",
                                )?
                            }
                            2usize => {
                                __p::read_column(
                                    &mut self.__2,
                                    __c,
                                    self.__rows,
                                    &mut __2,
                                    "c",
                                )?
                            }
                            3usize => {
                                __p::read_column(
                                    &mut self.__3,
                                    __c,
                                    self.__rows,
                                    &mut __3,
                                    "d",
                                )?
                            }
                            _ => {
                                __p::read_column(
                                    &mut self.__4,
                                    __c,
                                    self.__rows,
                                    &mut __4,
                                    "e",
                                )?
                            }
                        }
                    }
                    __p::fill_column(&mut self.__0, __0, "a", __start)?;
                    __p::fill_column(&mut self.__1, __1, "b", __start)?;
                    __p::fill_column(&mut self.__2, __2, "c", __start)?;
                    __p::fill_column(&mut self.__3, __3, "d", __start)?;
                    __p::fill_column(&mut self.__4, __4, "e", __start)?;
                    __p::Ok(())
                },
            );
            match self.__settle(__read) {
                __p::Ok(()) => __p::Ok(()),
                __p::Err(__error) => {
                    __p::read_repeated(self, __c, __start, "Plain", __error)
                }
            }
        }
        fn push(&mut self, __value: Plain) -> __p::Result<()> {
            let __pushed = (|| {
                __p::push_column(&mut self.__0, __value.a, "a")?;
                __p::push_column(&mut self.__1, __value.b, "b")?;
                __p::push_column(&mut self.__2, __value.c, "c")?;
                __p::push_column(&mut self.__3, __value.d, "d")?;
                __p::push_column(&mut self.__4, __value.e, "e")?;
                __p::Ok(())
            })();
            self.__settle(__pushed)
        }
        fn truncate(&mut self, __rows: __p::usize) {
            self.__rows = ::core::cmp::Ord::min(self.__rows, __rows);
            <__C0 as __p::Column>::truncate(&mut self.__0, __rows);
            <__C1 as __p::Column>::truncate(&mut self.__1, __rows);
            <__C2 as __p::Column>::truncate(&mut self.__2, __rows);
            <__C3 as __p::Column>::truncate(&mut self.__3, __rows);
            <__C4 as __p::Column>::truncate(&mut self.__4, __rows);
        }
        fn finish(self) -> __p::Result<PlainBatch> {
            __p::Ok(PlainBatch {
                a: <__C0 as __p::Column>::finish(self.__0)?,
                b: <__C1 as __p::Column>::finish(self.__1)?,
                c: <__C2 as __p::Column>::finish(self.__2)?,
                d: <__C3 as __p::Column>::finish(self.__3)?,
                e: <__C4 as __p::Column>::finish(self.__4)?,
            })
        }
        fn len(__out: &PlainBatch) -> __p::usize {
            __p::Batch::len(__out)
        }
        fn row(__out: &PlainBatch, __index: __p::usize) -> __p::Option<Plain> {
            __p::Batch::row(__out, __index)
        }
    }
    impl __Builder {
        /// A row that failed half-way is taken back, so that all columns stay of one length.
        fn __settle(&mut self, __added: __p::Result<()>) -> __p::Result<()> {
            match __added {
                __p::Ok(()) => self.__rows += 1,
                __p::Err(_) => <Self as __p::Column>::truncate(self, self.__rows),
            }
            __added
        }
    }
    #[automatically_derived]
    impl __p::Batch for PlainBatch {
        type Sample = Plain;
        fn len(&self) -> __p::usize {
            <__C0 as __p::Column>::len(&self.a)
        }
        fn is_even(&self) -> __p::bool {
            let __rows = __p::Batch::len(self);
            __p::Batch::len(self) == __rows
                && <__C1 as __p::Column>::len(&self.b) == __rows
                && <__C2 as __p::Column>::len(&self.c) == __rows
                && <__C3 as __p::Column>::len(&self.d) == __rows
                && <__C4 as __p::Column>::len(&self.e) == __rows
        }
        fn row(&self, __index: __p::usize) -> __p::Option<Plain> {
            __p::Some(Plain {
                a: <__C0 as __p::Column>::row(&self.a, __index)?,
                b: <__C1 as __p::Column>::row(&self.b, __index)?,
                c: <__C2 as __p::Column>::row(&self.c, __index)?,
                d: <__C3 as __p::Column>::row(&self.d, __index)?,
                e: <__C4 as __p::Column>::row(&self.e, __index)?,
            })
        }
        fn from_samples(
            __samples: impl ::core::iter::IntoIterator<Item = Plain>,
        ) -> __p::Result<Self> {
            __p::from_samples::<Plain>(__samples)
        }
    }
    #[automatically_derived]
    impl __p::ViewSource for Plain {
        const KEYS: &'static [__p::FieldKey] = __KEYS;
    }
};
