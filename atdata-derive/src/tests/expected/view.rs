///Many [`Labelled`] samples, as a struct of arrays.
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct LabelledBatch {
    ///`title` of each sample.
    pub title: ::atdata::__private::OutOf<
        String,
        { <Labelled as ::atdata::__private::Proof>::FIELDS },
    >,
    ///`confidence` of each sample.
    pub confidence: ::atdata::__private::OutOf<
        Option<f64>,
        { <Labelled as ::atdata::__private::Proof>::FIELDS },
    >,
}
#[automatically_derived]
impl LabelledBatch {
    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> ::atdata::__private::usize {
        ::atdata::__private::Batch::len(self)
    }
    /// Whether there are no samples.
    #[must_use]
    pub fn is_empty(&self) -> ::atdata::__private::bool {
        ::atdata::__private::Batch::is_empty(self)
    }
    /// A copy of one sample, `None` past the end.
    #[must_use]
    pub fn row(
        &self,
        __index: ::atdata::__private::usize,
    ) -> ::atdata::__private::Option<Labelled> {
        ::atdata::__private::Batch::row(self, __index)
    }
    /// Copies of all samples.
    #[must_use]
    pub fn to_samples(&self) -> ::atdata::__private::Vec<Labelled> {
        ::atdata::__private::Batch::to_samples(self)
    }
    /// Stacks samples.
    ///
    /// # Errors
    /// If the arrays of a field differ in shape.
    pub fn from_samples(
        __samples: impl ::core::iter::IntoIterator<Item = Labelled>,
    ) -> ::atdata::__private::Result<Self> {
        ::atdata::__private::from_samples::<Labelled>(__samples)
    }
}
const _: () = {
    use ::atdata::__private as __p;
    static __KEYS: &[__p::FieldKey] = &[
        __p::key("title", b"\xA5title"),
        __p::key("confidence", b"\xAAconfidence"),
    ];
    #[automatically_derived]
    impl __p::Proof for Labelled {
        const FIELDS: __p::bool = {
            let _ = <String as __p::PackField>::OPTIONAL;
            let _ = <Option<f64> as __p::PackField>::OPTIONAL;
            __p::view_source::<archive::Photo>();
            __p::shown(|__s: &archive::Photo| &__s.label).is::<String>();
            __p::shown(|__s: &archive::Photo| &__s.confidence).is::<Option<f64>>();
            true
        };
    }
    type __T0 = <String as __p::Proven<{ <Labelled as __p::Proof>::FIELDS }>>::Type;
    type __T1 = <Option<f64> as __p::Proven<{ <Labelled as __p::Proof>::FIELDS }>>::Type;
    const _: () = if <__T0 as __p::PackField>::TWO_NULLS {
        __p::panic!(
            "field `title`: an `Option` of an `Option` or of a `Value` has two nulls, which look the same on the wire; remove the outer `Option`"
        )
    };
    const _: () = if <__T1 as __p::PackField>::TWO_NULLS {
        __p::panic!(
            "field `confidence`: an `Option` of an `Option` or of a `Value` has two nulls, which look the same on the wire; remove the outer `Option`"
        )
    };
    #[automatically_derived]
    impl __p::PackField for Labelled {
        const TYPE: __p::FieldType = __p::FieldType::Sample(
            __p::SchemaRef::new("Labelled", "1.0.0", || <Self as __p::Packable>::SCHEMA),
        );
        const NESTED: __p::Option<__p::NestedSample> = __p::Some(
            __p::NestedSample::new(
                <Self as __p::Packable>::SCHEMA,
                &[false, false],
                false,
            ),
        );
        type Column = __Builder;
        fn read(__c: &mut __p::Cursor<'_>) -> __p::Result<Self> {
            __p::sample(
                __c,
                "Labelled",
                |__c| {
                    let __start = __p::start(__c);
                    let mut __0 = __p::None;
                    let mut __1 = __p::None;
                    let mut __fields = __p::Fields::open(__c, __KEYS, false)?;
                    while let __p::Some(__i) = __fields.next(__c)? {
                        match __i {
                            0usize => __0 = __p::Some(__p::read::<__T0>(__c, "title")?),
                            _ => __1 = __p::Some(__p::read::<__T1>(__c, "confidence")?),
                        }
                    }
                    __p::Ok(Self {
                        title: __p::required::<__T0>(__0, "title", __start)?,
                        confidence: __p::required::<__T1>(__1, "confidence", __start)?,
                    })
                },
            )
        }
        fn write(&self, __out: &mut __p::Vec<__p::u8>) {
            __p::write_map(2usize, __out);
            __p::write::<__T0>(&self.title, b"\xA5title", __out);
            __p::write::<__T1>(&self.confidence, b"\xAAconfidence", __out);
        }
        fn check(&self, __sample: __p::ArraySpec) -> __p::Result<()> {
            let __sample = __p::check_sample::<Self>(__sample)?;
            __p::check::<__T0>(&self.title, "title", __sample, __p::ArraySpec::ANY)?;
            __p::check::<
                __T1,
            >(&self.confidence, "confidence", __sample, __p::ArraySpec::ANY)?;
            __p::Ok(())
        }
    }
    #[automatically_derived]
    impl __p::Packable for Labelled {
        const SCHEMA: &'static __p::Schema = &__p::Schema::new(
            "Labelled",
            "1.0.0",
            __p::None,
            &[
                __p::Field::new("title", <__T0 as __p::PackField>::TYPE)
                    .optional(<__T0 as __p::PackField>::OPTIONAL),
                __p::Field::new("confidence", <__T1 as __p::PackField>::TYPE)
                    .optional(<__T1 as __p::PackField>::OPTIONAL),
            ],
        );
        type Batch = LabelledBatch;
        type Builder = __Builder;
    }
    type __C0 = __p::ColumnOf<__T0>;
    type __C1 = __p::ColumnOf<__T1>;
    pub struct __Builder {
        __rows: __p::usize,
        __0: __C0,
        __1: __C1,
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
        type Value = Labelled;
        type Out = LabelledBatch;
        fn with_capacity(__rows: __p::usize) -> Self {
            Self {
                __rows: 0,
                __0: <__C0 as __p::Column>::with_capacity(__rows),
                __1: <__C1 as __p::Column>::with_capacity(__rows),
            }
        }
        fn reuse(__out: LabelledBatch, __rows: __p::usize) -> Self {
            Self {
                __rows: 0,
                __0: <__C0 as __p::Column>::reuse(__out.title, __rows),
                __1: <__C1 as __p::Column>::reuse(__out.confidence, __rows),
            }
        }
        fn read(&mut self, __c: &mut __p::Cursor<'_>) -> __p::Result<()> {
            let __start = __p::start(__c);
            let __read = __p::sample(
                __c,
                "Labelled",
                |__c| {
                    let mut __0 = false;
                    let mut __1 = false;
                    let mut __fields = __p::Fields::open(__c, __KEYS, false)?;
                    while let __p::Some(__i) = __fields.next(__c)? {
                        match __i {
                            0usize => {
                                __p::read_column(
                                    &mut self.__0,
                                    __c,
                                    self.__rows,
                                    &mut __0,
                                    "title",
                                )?
                            }
                            _ => {
                                __p::read_column(
                                    &mut self.__1,
                                    __c,
                                    self.__rows,
                                    &mut __1,
                                    "confidence",
                                )?
                            }
                        }
                    }
                    __p::fill_column(&mut self.__0, __0, "title", __start)?;
                    __p::fill_column(&mut self.__1, __1, "confidence", __start)?;
                    __p::Ok(())
                },
            );
            match self.__settle(__read) {
                __p::Ok(()) => __p::Ok(()),
                __p::Err(__error) => {
                    __p::read_repeated(self, __c, __start, "Labelled", __error)
                }
            }
        }
        fn push(&mut self, __value: Labelled) -> __p::Result<()> {
            let __pushed = (|| {
                __p::push_column(&mut self.__0, __value.title, "title")?;
                __p::push_column(&mut self.__1, __value.confidence, "confidence")?;
                __p::Ok(())
            })();
            self.__settle(__pushed)
        }
        fn truncate(&mut self, __rows: __p::usize) {
            self.__rows = ::core::cmp::Ord::min(self.__rows, __rows);
            <__C0 as __p::Column>::truncate(&mut self.__0, __rows);
            <__C1 as __p::Column>::truncate(&mut self.__1, __rows);
        }
        fn finish(self) -> __p::Result<LabelledBatch> {
            __p::Ok(LabelledBatch {
                title: <__C0 as __p::Column>::finish(self.__0)?,
                confidence: <__C1 as __p::Column>::finish(self.__1)?,
            })
        }
        fn len(__out: &LabelledBatch) -> __p::usize {
            __p::Batch::len(__out)
        }
        fn row(__out: &LabelledBatch, __index: __p::usize) -> __p::Option<Labelled> {
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
    impl __p::Batch for LabelledBatch {
        type Sample = Labelled;
        fn len(&self) -> __p::usize {
            <__C0 as __p::Column>::len(&self.title)
        }
        fn is_even(&self) -> __p::bool {
            let __rows = __p::Batch::len(self);
            __p::Batch::len(self) == __rows
                && <__C1 as __p::Column>::len(&self.confidence) == __rows
        }
        fn row(&self, __index: __p::usize) -> __p::Option<Labelled> {
            __p::Some(Labelled {
                title: <__C0 as __p::Column>::row(&self.title, __index)?,
                confidence: <__C1 as __p::Column>::row(&self.confidence, __index)?,
            })
        }
        fn from_samples(
            __samples: impl ::core::iter::IntoIterator<Item = Labelled>,
        ) -> __p::Result<Self> {
            __p::from_samples::<Labelled>(__samples)
        }
    }
    #[automatically_derived]
    impl __p::ViewSource for Labelled {
        const KEYS: &'static [__p::FieldKey] = __KEYS;
    }
    type __Source = <archive::Photo as __p::Proven<
        { <Labelled as __p::Proof>::FIELDS },
    >>::Type;
    const _: () = if __p::is_skipped::<__Source>("label") {
        __p::panic!(
            "`Labelled` shows the field `label` of its source, which is `#[packable(skip)]`ped and so in no bytes; remove one of the two"
        )
    };
    const _: () = if __p::is_skipped::<__Source>("confidence") {
        __p::panic!(
            "`Labelled` shows the field `confidence` of its source, which is `#[packable(skip)]`ped and so in no bytes; remove one of the two"
        )
    };
    static __TABLE: __p::SourceTable<2usize> = __p::SourceTable::new::<
        __Source,
    >(["label", "confidence"]);
    static __SHOWN: __p::SourceFields = __TABLE.fields();
    #[automatically_derived]
    impl __p::DeclaredView for Labelled {
        type Source = __Source;
        fn get(__s: &__Source) -> Self {
            Self {
                title: ::core::clone::Clone::clone(&__s.label),
                confidence: ::core::clone::Clone::clone(&__s.confidence),
            }
        }
        fn get_owned(__s: __Source) -> Self {
            Self {
                title: __s.label,
                confidence: __s.confidence,
            }
        }
        fn put(&self, __s: &__Source) -> __Source {
            let mut __put = ::core::clone::Clone::clone(__s);
            ::core::clone::Clone::clone_from(&mut __put.label, &self.title);
            ::core::clone::Clone::clone_from(&mut __put.confidence, &self.confidence);
            __put
        }
    }
    #[automatically_derived]
    impl __p::ViewOf<archive::Photo> for Labelled {
        const DIRECT: __p::Option<__p::Direct<Self>> = __p::Direct::declared(
            &__TABLE,
            &__SHOWN,
        );
        fn view_of(__s: archive::Photo) -> __p::Result<Self> {
            __p::Ok(<Self as __p::DeclaredView>::get_owned(__s))
        }
    }
    #[automatically_derived]
    impl Labelled {
        ///The lens between `Photo` and this view of it.
        pub const LENS: __p::Declared<Self> = __p::Declared::new();
    }
    __p::register_lens! {
        name : "Labelled", version : "1.0.0", module : ::core::module_path!(), lens :
        __p::Declared:: < Labelled > ::new(), source : __Source, view : Labelled,
        description : __p::None, mapping : & const { __TABLE.mapping(["title",
        "confidence"]) }, put : true,
    }
};
