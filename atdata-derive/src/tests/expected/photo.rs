///Many [`Photo`] samples, as a struct of arrays.
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct PhotoBatch {
    ///`image` of each sample.
    pub image: ::atdata::__private::OutOf<
        Array3<u8>,
        { <Photo as ::atdata::__private::Proof>::FIELDS },
    >,
    ///`label` of each sample.
    pub label: ::atdata::__private::OutOf<
        String,
        { <Photo as ::atdata::__private::Proof>::FIELDS },
    >,
    ///`confidence` of each sample.
    pub confidence: ::atdata::__private::OutOf<
        Option<f64>,
        { <Photo as ::atdata::__private::Proof>::FIELDS },
    >,
    ///`language` of each sample.
    pub language: ::atdata::__private::OutOf<
        String,
        { <Photo as ::atdata::__private::Proof>::FIELDS },
    >,
}
#[automatically_derived]
impl PhotoBatch {
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
    ) -> ::atdata::__private::Option<Photo> {
        ::atdata::__private::Batch::row(self, __index)
    }
    /// Copies of all samples.
    #[must_use]
    pub fn to_samples(&self) -> ::atdata::__private::Vec<Photo> {
        ::atdata::__private::Batch::to_samples(self)
    }
    /// Stacks samples.
    ///
    /// # Errors
    /// If the arrays of a field differ in shape.
    pub fn from_samples(
        __samples: impl ::core::iter::IntoIterator<Item = Photo>,
    ) -> ::atdata::__private::Result<Self> {
        ::atdata::__private::from_samples::<Photo>(__samples)
    }
}
const _: () = {
    use ::atdata::__private as __p;
    static __KEYS: &[__p::FieldKey] = &[
        __p::key("image", b"\xA5image"),
        __p::key("label", b"\xA5label"),
        __p::key("confidence", b"\xAAconfidence"),
        __p::key("language", b"\xA8language"),
    ];
    #[automatically_derived]
    impl __p::Proof for Photo {
        const FIELDS: __p::bool = {
            let _ = <Array3<u8> as __p::PackField>::OPTIONAL;
            let _ = <String as __p::PackField>::OPTIONAL;
            let _ = <Option<f64> as __p::PackField>::OPTIONAL;
            let _ = <String as __p::PackField>::OPTIONAL;
            true
        };
    }
    type __T0 = <Array3<u8> as __p::Proven<{ <Photo as __p::Proof>::FIELDS }>>::Type;
    type __T1 = <String as __p::Proven<{ <Photo as __p::Proof>::FIELDS }>>::Type;
    type __T2 = <Option<f64> as __p::Proven<{ <Photo as __p::Proof>::FIELDS }>>::Type;
    type __T3 = <String as __p::Proven<{ <Photo as __p::Proof>::FIELDS }>>::Type;
    const __S0: __p::ArraySpec = __p::ArraySpec::new(
        __p::Some(&[__p::Some(224usize), __p::Some(224usize), __p::None]),
        false,
    );
    struct __N0;
    #[automatically_derived]
    impl __p::Shape for __N0 {
        const OF: __p::FieldType = <__T0 as __p::PackField>::TYPE;
        const SIZES: __p::Option<&'static [__p::Option<__p::usize>]> = __p::Some(
            &[__p::Some(224usize), __p::Some(224usize), __p::None],
        );
        const NAMES: __p::Option<&'static [&'static __p::str]> = __p::Some(
            &["height", "width", "channel"],
        );
    }
    const _: () = if <__T0 as __p::PackField>::TWO_NULLS {
        __p::panic!(
            "field `image`: an `Option` of an `Option` or of a `Value` has two nulls, which look the same on the wire; remove the outer `Option`"
        )
    };
    const _: () = if <__T1 as __p::PackField>::TWO_NULLS {
        __p::panic!(
            "field `label`: an `Option` of an `Option` or of a `Value` has two nulls, which look the same on the wire; remove the outer `Option`"
        )
    };
    const _: () = if <__T2 as __p::PackField>::TWO_NULLS {
        __p::panic!(
            "field `confidence`: an `Option` of an `Option` or of a `Value` has two nulls, which look the same on the wire; remove the outer `Option`"
        )
    };
    const _: () = if <__T3 as __p::PackField>::TWO_NULLS {
        __p::panic!(
            "field `language`: an `Option` of an `Option` or of a `Value` has two nulls, which look the same on the wire; remove the outer `Option`"
        )
    };
    const _: () = if !__p::holds_array(<Array3<u8> as __p::PackField>::TYPE) {
        __p::panic!(
            "field `image`: `shape` is for arrays (`ndarray::Array`, `DynArray`, alone or in `Option`, `Vec` or a map); remove the attribute, or give the field an array type"
        )
    };
    const _: () = if let __p::Some(__rank) = __p::other_rank(
        <Array3<u8> as __p::PackField>::TYPE,
        3usize,
    ) {
        let __wrong = __p::Text::of_number(
            "field `image`: `shape` gives 3 dimensions, but the array type has ",
            __rank,
            "; make the two agree",
        );
        __p::panic!("{}", __wrong.as_str())
    };
    fn __d3() -> String {
        let __default: String = "en".to_owned();
        __default
    }
    #[automatically_derived]
    impl __p::PackField for Photo {
        const TYPE: __p::FieldType = __p::FieldType::Sample(
            __p::SchemaRef::new("Photo", "1.2.0", || <Self as __p::Packable>::SCHEMA),
        );
        const NESTED: __p::Option<__p::NestedSample> = __p::Some(
            __p::NestedSample::new(
                <Self as __p::Packable>::SCHEMA,
                &[false, false, false, false],
                false,
            ),
        );
        type Column = __Builder;
        fn read(__c: &mut __p::Cursor<'_>) -> __p::Result<Self> {
            __p::sample(
                __c,
                "Photo",
                |__c| {
                    let __start = __p::start(__c);
                    let mut __0 = __p::None;
                    let mut __1 = __p::None;
                    let mut __2 = __p::None;
                    let mut __3 = __p::None;
                    let mut __fields = __p::Fields::open(__c, __KEYS, false)?;
                    while let __p::Some(__i) = __fields.next(__c)? {
                        match __i {
                            0usize => {
                                __0 = __p::Some(
                                    __p::with_spec(
                                        __c,
                                        __S0,
                                        |__c| __p::read::<__T0>(__c, "image"),
                                    )?,
                                );
                            }
                            1usize => __1 = __p::Some(__p::read::<__T1>(__c, "label")?),
                            2usize => {
                                __2 = __p::Some(__p::read::<__T2>(__c, "confidence")?);
                            }
                            _ => __3 = __p::Some(__p::read::<__T3>(__c, "language")?),
                        }
                    }
                    __p::Ok(Self {
                        image: __p::required::<__T0>(__0, "image", __start)?,
                        label: __p::required::<__T1>(__1, "label", __start)?,
                        confidence: __p::required::<__T2>(__2, "confidence", __start)?,
                        language: match __3 {
                            __p::Some(__value) => __value,
                            __p::None => __d3(),
                        },
                        cache: <Vec<u8> as ::core::default::Default>::default(),
                    })
                },
            )
        }
        fn write(&self, __out: &mut __p::Vec<__p::u8>) {
            __p::write_map(4usize, __out);
            __p::write::<__T0>(&self.image, b"\xA5image", __out);
            __p::write::<__T1>(&self.label, b"\xA5label", __out);
            __p::write::<__T2>(&self.confidence, b"\xAAconfidence", __out);
            __p::write::<__T3>(&self.language, b"\xA8language", __out);
        }
        fn check(&self, __sample: __p::ArraySpec) -> __p::Result<()> {
            let __sample = __p::check_sample::<Self>(__sample)?;
            __p::check::<__T0>(&self.image, "image", __sample, __S0)?;
            __p::check::<__T1>(&self.label, "label", __sample, __p::ArraySpec::ANY)?;
            __p::check::<
                __T2,
            >(&self.confidence, "confidence", __sample, __p::ArraySpec::ANY)?;
            __p::check::<
                __T3,
            >(&self.language, "language", __sample, __p::ArraySpec::ANY)?;
            __p::Ok(())
        }
    }
    #[automatically_derived]
    impl __p::Packable for Photo {
        const SCHEMA: &'static __p::Schema = &__p::Schema::new(
            "Photo",
            "1.2.0",
            __p::Some("A labelled photograph."),
            &[
                __p::Field::new("image", __p::shaped::<__N0>())
                    .optional(<__T0 as __p::PackField>::OPTIONAL)
                    .described("Pixels."),
                __p::Field::new("label", <__T1 as __p::PackField>::TYPE)
                    .optional(<__T1 as __p::PackField>::OPTIONAL),
                __p::Field::new("confidence", <__T2 as __p::PackField>::TYPE)
                    .optional(<__T2 as __p::PackField>::OPTIONAL),
                __p::Field::new("language", <__T3 as __p::PackField>::TYPE)
                    .optional(<__T3 as __p::PackField>::OPTIONAL)
                    .default_value(
                        __p::DefaultValue::new(|| __p::default_json::<__T3>(&__d3())),
                    ),
            ],
        );
        type Batch = PhotoBatch;
        type Builder = __Builder;
    }
    type __C0 = __p::ColumnOf<__T0>;
    type __C1 = __p::ColumnOf<__T1>;
    type __C2 = __p::ColumnOf<__T2>;
    type __C3 = __p::ColumnOf<__T3>;
    pub struct __Builder {
        __rows: __p::usize,
        __0: __C0,
        __1: __C1,
        __2: __C2,
        __3: __C3,
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
        type Value = Photo;
        type Out = PhotoBatch;
        fn with_capacity(__rows: __p::usize) -> Self {
            Self {
                __rows: 0,
                __0: <__C0 as __p::Column>::with_capacity(__rows),
                __1: <__C1 as __p::Column>::with_capacity(__rows),
                __2: <__C2 as __p::Column>::with_capacity(__rows),
                __3: <__C3 as __p::Column>::with_capacity(__rows),
            }
        }
        fn reuse(__out: PhotoBatch, __rows: __p::usize) -> Self {
            Self {
                __rows: 0,
                __0: <__C0 as __p::Column>::reuse(__out.image, __rows),
                __1: <__C1 as __p::Column>::reuse(__out.label, __rows),
                __2: <__C2 as __p::Column>::reuse(__out.confidence, __rows),
                __3: <__C3 as __p::Column>::reuse(__out.language, __rows),
            }
        }
        fn read(&mut self, __c: &mut __p::Cursor<'_>) -> __p::Result<()> {
            let __start = __p::start(__c);
            let __read = __p::sample(
                __c,
                "Photo",
                |__c| {
                    let mut __0 = false;
                    let mut __1 = false;
                    let mut __2 = false;
                    let mut __3 = false;
                    let mut __fields = __p::Fields::open(__c, __KEYS, false)?;
                    while let __p::Some(__i) = __fields.next(__c)? {
                        match __i {
                            0usize => {
                                __p::with_spec(
                                    __c,
                                    __S0,
                                    |__c| __p::read_column(
                                        &mut self.__0,
                                        __c,
                                        self.__rows,
                                        &mut __0,
                                        "image",
                                    ),
                                )?
                            }
                            1usize => {
                                __p::read_column(
                                    &mut self.__1,
                                    __c,
                                    self.__rows,
                                    &mut __1,
                                    "label",
                                )?
                            }
                            2usize => {
                                __p::read_column(
                                    &mut self.__2,
                                    __c,
                                    self.__rows,
                                    &mut __2,
                                    "confidence",
                                )?
                            }
                            _ => {
                                __p::read_column(
                                    &mut self.__3,
                                    __c,
                                    self.__rows,
                                    &mut __3,
                                    "language",
                                )?
                            }
                        }
                    }
                    __p::fill_column(&mut self.__0, __0, "image", __start)?;
                    __p::fill_column(&mut self.__1, __1, "label", __start)?;
                    __p::fill_column(&mut self.__2, __2, "confidence", __start)?;
                    __p::default_column(&mut self.__3, __3, || __d3(), "language")?;
                    __p::Ok(())
                },
            );
            match self.__settle(__read) {
                __p::Ok(()) => __p::Ok(()),
                __p::Err(__error) => {
                    __p::read_repeated(self, __c, __start, "Photo", __error)
                }
            }
        }
        fn push(&mut self, __value: Photo) -> __p::Result<()> {
            let __pushed = (|| {
                __p::push_column(&mut self.__0, __value.image, "image")?;
                __p::push_column(&mut self.__1, __value.label, "label")?;
                __p::push_column(&mut self.__2, __value.confidence, "confidence")?;
                __p::push_column(&mut self.__3, __value.language, "language")?;
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
        }
        fn finish(self) -> __p::Result<PhotoBatch> {
            __p::Ok(PhotoBatch {
                image: <__C0 as __p::Column>::finish(self.__0)?,
                label: <__C1 as __p::Column>::finish(self.__1)?,
                confidence: <__C2 as __p::Column>::finish(self.__2)?,
                language: <__C3 as __p::Column>::finish(self.__3)?,
            })
        }
        fn len(__out: &PhotoBatch) -> __p::usize {
            __p::Batch::len(__out)
        }
        fn row(__out: &PhotoBatch, __index: __p::usize) -> __p::Option<Photo> {
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
    impl __p::Batch for PhotoBatch {
        type Sample = Photo;
        fn len(&self) -> __p::usize {
            <__C0 as __p::Column>::len(&self.image)
        }
        fn is_even(&self) -> __p::bool {
            let __rows = __p::Batch::len(self);
            __p::Batch::len(self) == __rows
                && <__C1 as __p::Column>::len(&self.label) == __rows
                && <__C2 as __p::Column>::len(&self.confidence) == __rows
                && <__C3 as __p::Column>::len(&self.language) == __rows
        }
        fn row(&self, __index: __p::usize) -> __p::Option<Photo> {
            __p::Some(Photo {
                image: <__C0 as __p::Column>::row(&self.image, __index)?,
                label: <__C1 as __p::Column>::row(&self.label, __index)?,
                confidence: <__C2 as __p::Column>::row(&self.confidence, __index)?,
                language: <__C3 as __p::Column>::row(&self.language, __index)?,
                cache: <Vec<u8> as ::core::default::Default>::default(),
            })
        }
        fn from_samples(
            __samples: impl ::core::iter::IntoIterator<Item = Photo>,
        ) -> __p::Result<Self> {
            __p::from_samples::<Photo>(__samples)
        }
    }
    #[automatically_derived]
    impl __p::ViewSource for Photo {
        const KEYS: &'static [__p::FieldKey] = __KEYS;
        const RENAMED: &'static [(&'static __p::str, &'static __p::str)] = &[
            ("cache", ""),
        ];
        const SPECS: &'static [(__p::usize, __p::ArraySpec)] = &[(0usize, __S0)];
    }
};
