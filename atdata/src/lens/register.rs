//! Registration: how the expansions of `#[lens]` and of declared views join the registry.

/// Registers a lens, with the feature `records`; without it, nothing is left of the call.
///
/// ```text
/// __p::register_lens! {
///     name: "simplify",                    // the function, or the view's type, or what its attribute says
///     version: "1.0.0",
///     module: ::core::module_path!(),
///     lens: simplify,                      // an expression of a lens without state, here that of the function
///     source: Photo,                       // both types are Packable
///     view: Simplified,
///     description: Some("…"),              // or None; an Option<&'static str>
///     mapping: &[("source_field", "view_field"), …],  // of a declared view: names on the wire, in the order of the
///                                          // view's fields; left out otherwise
///     put: true,                           // the very word true or false: whether `lens` is a PutLens
/// }
/// ```
///
/// The whole is an item. Expressions are evaluated in a constant, where `lens` is mentioned in functions without captures.
#[cfg(feature = "records")]
#[doc(hidden)]
#[macro_export]
macro_rules! __register_lens {
    (
        name: $name:expr,
        version: $version:expr,
        module: $module:expr,
        lens: $lens:expr,
        source: $source:ty,
        view: $view:ty,
        description: $description:expr,
        $(mapping: $mapping:expr,)?
        put: $put:tt $(,)?
    ) => {
        $crate::__private_0_1_0::inventory::submit! {
            $crate::lens::LensEntry::new(
                ($name, $version, $module),
                (
                    <$source as $crate::Packable>::SCHEMA,
                    <$view as $crate::Packable>::SCHEMA,
                ),
                $description,
                $crate::__register_lens!(@mapping $($mapping)?),
                |__source| $crate::__private_0_1_0::get_erased::<$source, $view>(&$lens, __source),
                $crate::__register_lens!(@put $put, $lens, $source, $view),
            )
        }
    };
    (@mapping) => {
        ::core::option::Option::None
    };
    (@mapping $mapping:expr) => {
        ::core::option::Option::Some($mapping)
    };
    (@put true, $lens:expr, $source:ty, $view:ty) => {
        ::core::option::Option::Some(|__view, __source| {
            $crate::__private_0_1_0::put_erased::<$source, $view>(&$lens, __view, __source)
        })
    };
    (@put false, $lens:expr, $source:ty, $view:ty) => {
        ::core::option::Option::None
    };
}

/// Registers a lens, with the feature `records`; without it, nothing is left of the call.
#[cfg(not(feature = "records"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __register_lens {
    ($($entry:tt)*) => {};
}

#[cfg(all(test, not(feature = "records")))]
mod tests {
    // Neither the lens nor its types are looked at.
    crate::__register_lens! { name: "none", version: "1.0.0", module: module_path!(), lens: none, source: Nothing, view: Nothing, put: true }
}
