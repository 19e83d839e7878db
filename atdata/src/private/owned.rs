//! What is the same in the expansions of all sample types that own their fields.

/// What is the same in all sample types: traits whose constants and methods hand on to the [`Row`](crate::sample::Row) of the
/// type. The name and the version are those of the schema. What is converted to be checked need not be converted
/// again: of types with such fields `write_checked` stands behind.
#[doc(hidden)]
#[macro_export]
macro_rules! __sample {
    (
        $vis:vis $sample:ident($name:literal, $version:literal), $batch:ident, $builder:ident($row:ident)
        $(, $write_checked:ident)?
    ) => {
        struct $row;

        // Around the rows, so that the types of private fields are no part of the public impls.
        #[derive(::core::fmt::Debug)]
        $vis struct $builder($crate::__private_0_1_0::Rows<$row>);

        #[automatically_derived]
        impl $crate::__private_0_1_0::PackField for $sample {
            // The schema is behind a function: types may contain each other, and constants may not be circular.
            const TYPE: $crate::__private_0_1_0::FieldType =
                $crate::__private_0_1_0::FieldType::Sample($crate::__private_0_1_0::SchemaRef::new(
                    $name,
                    $version,
                    || <Self as $crate::__private_0_1_0::Packable>::SCHEMA,
                ));
            const NESTED: $crate::__private_0_1_0::Option<$crate::__private_0_1_0::NestedSample> =
                $crate::__private_0_1_0::nested::<Self>(<$row as $crate::__private_0_1_0::Row>::CASTS);
            type Column = $builder;

            fn read(__cursor: &mut $crate::__private_0_1_0::Cursor<'_>) -> $crate::__private_0_1_0::Result<Self> {
                $crate::__private_0_1_0::read_row::<$row>(__cursor)
            }

            fn write(&self, __out: &mut $crate::__private_0_1_0::Vec<$crate::__private_0_1_0::u8>) {
                $crate::__private_0_1_0::write_row::<$row>(self, __out)
            }

            fn check(&self, __spec: $crate::__private_0_1_0::ArraySpec) -> $crate::__private_0_1_0::Result<()> {
                $crate::__private_0_1_0::check_row::<$row>(self, __spec)
            }

            $(fn $write_checked(
                &self,
                __spec: $crate::__private_0_1_0::ArraySpec,
                __out: &mut $crate::__private_0_1_0::Vec<$crate::__private_0_1_0::u8>,
            ) -> $crate::__private_0_1_0::Result<()> {
                $crate::__private_0_1_0::write_checked_row::<$row>(self, __spec, __out)
            })?
        }

        #[automatically_derived]
        impl $crate::__private_0_1_0::Column for $builder {
            type Value = $sample;
            type Out = $batch;
            const NESTED: $crate::__private_0_1_0::NestedSamples =
                <$crate::__private_0_1_0::Rows<$row> as $crate::__private_0_1_0::Column>::NESTED;

            fn with_capacity(__rows: ::core::primitive::usize) -> Self {
                Self($crate::__private_0_1_0::Column::with_capacity(__rows))
            }

            fn reuse(__batch: $batch, __rows: ::core::primitive::usize) -> Self {
                Self($crate::__private_0_1_0::Column::reuse(__batch, __rows))
            }

            fn read(&mut self, __cursor: &mut $crate::__private_0_1_0::Cursor<'_>) -> $crate::__private_0_1_0::Result<()> {
                $crate::__private_0_1_0::Column::read(&mut self.0, __cursor)
            }

            fn push(&mut self, __value: $sample) -> $crate::__private_0_1_0::Result<()> {
                $crate::__private_0_1_0::Column::push(&mut self.0, __value)
            }

            fn truncate(&mut self, __rows: ::core::primitive::usize) {
                $crate::__private_0_1_0::Column::truncate(&mut self.0, __rows);
            }

            fn finish(self) -> $crate::__private_0_1_0::Result<$batch> {
                $crate::__private_0_1_0::Column::finish(self.0)
            }

            fn len(__out: &$batch) -> ::core::primitive::usize {
                $crate::__private_0_1_0::batch_len::<$row>(__out)
            }

            fn is_even(__out: &$batch) -> ::core::primitive::bool {
                $crate::__private_0_1_0::batch_is_even::<$row>(__out)
            }

            fn row(__out: &$batch, __index: ::core::primitive::usize) -> ::core::option::Option<$sample> {
                $crate::__private_0_1_0::batch_row::<$row>(__out, __index)
            }
        }

        $crate::__private_0_1_0::json_schema!($sample);

        $crate::__private_0_1_0::flat!($builder($row) of $sample);

        #[automatically_derived]
        impl<'__batch> ::core::iter::IntoIterator for &'__batch $batch {
            type Item = $sample;
            type IntoIter = $crate::__private_0_1_0::BatchIter<'__batch, $batch>;

            fn into_iter(self) -> Self::IntoIter {
                $crate::__private_0_1_0::BatchIter::new(self)
            }
        }

        #[automatically_derived]
        impl $crate::__private_0_1_0::Batch for $batch {
            type Sample = $sample;

            fn len(&self) -> ::core::primitive::usize {
                $crate::__private_0_1_0::batch_len::<$row>(self)
            }

            fn is_even(&self) -> ::core::primitive::bool {
                $crate::__private_0_1_0::batch_is_even::<$row>(self)
            }

            fn row(&self, __index: ::core::primitive::usize) -> ::core::option::Option<$sample> {
                $crate::__private_0_1_0::batch_row::<$row>(self, __index)
            }

            fn from_samples(
                __samples: impl ::core::iter::IntoIterator<Item = $sample>,
            ) -> $crate::__private_0_1_0::Result<Self> {
                $crate::__private_0_1_0::from_samples::<$sample>(__samples)
            }
        }
    };
}

/// The inside of `impl Packable`. The compiler shows its head to users where it lists sample types, so that is not from here.
#[doc(hidden)]
#[macro_export]
macro_rules! __packable {
    (
        $batch:ident, $builder:ident($row:ident),
        $name:literal, $version:literal, $description:expr $(, $note:ident($($value:expr)?))*
    ) => {
        const SCHEMA: &'static $crate::__private_0_1_0::Schema = &$crate::__private_0_1_0::Schema::new(
            $name,
            $version,
            $description,
            <$row as $crate::__private_0_1_0::Row>::KNOWN,
        )$(.$note($($value)?))*;
        type Batch = $batch;
        type Builder = $builder;
        const LAYOUT: $crate::__private_0_1_0::SampleLayout = <$row as $crate::__private_0_1_0::Row>::STORED;
    };
}

/// The inside of `impl ViewSource`, whose head the compiler shows as well.
#[doc(hidden)]
#[macro_export]
macro_rules! __view_source {
    ($row:ident) => {
        const KEYS: $crate::__private_0_1_0::Keys = <$row as $crate::__private_0_1_0::Row>::LAYOUT.keys();
        const RENAMED: &'static [(&'static $crate::__private_0_1_0::str, &'static $crate::__private_0_1_0::str)] =
            <$row as $crate::__private_0_1_0::Row>::RENAMED;
        const CONVERTED: &'static [&'static $crate::__private_0_1_0::str] =
            <$row as $crate::__private_0_1_0::Row>::CONVERTED;
        const FLATTENED: &'static [$crate::__private_0_1_0::FlatField] =
            <$row as $crate::__private_0_1_0::Row>::FLATTENED;
    };
}
