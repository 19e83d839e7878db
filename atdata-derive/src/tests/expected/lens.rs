#[cfg(any(unix, windows))]
/// Only the label.
#[allow(non_camel_case_types, dead_code)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
pub struct simplify;
#[cfg(any(unix, windows))]
const _: () = {
    use ::atdata::__private as __p;
    #[allow(clippy::trivially_copy_pass_by_ref)]
    #[inline]
    fn simplify(src: &Photo) -> Simplified {
        Simplified {
            label: src.label.clone(),
        }
    }
    const __TYPES: __p::bool = {
        let _ = <Photo as __p::LensType>::SCHEMA;
        let _ = <Simplified as __p::LensType>::SCHEMA;
        true
    };
    #[automatically_derived]
    impl __p::Lens for simplify {
        type Source = Photo;
        type View = Simplified;
        #[inline]
        fn get(&self, __source: &Photo) -> Simplified {
            simplify(__source)
        }
    }
    #[automatically_derived]
    impl __p::FunctionLens for simplify {
        const LENS: Self = Self;
    }
    #[automatically_derived]
    #[doc(hidden)]
    impl ::core::ops::Deref for simplify {
        type Target = __p::Methods<Self>;
        #[inline]
        fn deref(&self) -> &__p::Methods<Self> {
            __p::Methods::of_lens()
        }
    }
    #[automatically_derived]
    impl<__N: __p::LensFrom<Simplified>> ::core::ops::BitOr<__N> for simplify {
        type Output = __p::Then<Self, __N>;
        #[inline]
        fn bitor(self, __next: __N) -> __p::Then<Self, __N> {
            __p::Lens::then(self, __next)
        }
    }
    #[automatically_derived]
    impl __p::PutLens for simplify {
        #[inline]
        fn put(&self, __view: &Simplified, __source: &Photo) -> Photo {
            let __put: fn(&Simplified, &Photo) -> Photo = relabel;
            __put(__view, __source)
        }
    }
    #[automatically_derived]
    #[allow(non_local_definitions)]
    impl __p::ViewOf<Photo> for Simplified {
        #[inline]
        fn view_of(__source: Photo) -> __p::Result<Self> {
            __p::Ok(
                __p::Lens::get_owned(&<simplify as __p::FunctionLens>::LENS, __source),
            )
        }
    }
    __p::register_lens! {
        name : "label", version : "1.1.0", module : ::core::module_path!(), lens : <
        simplify as __p::FunctionLens > ::LENS, source : < Photo as __p::Proven < {
        __TYPES } >> ::Type, view : < Simplified as __p::Proven < { __TYPES } >> ::Type,
        description : __p::Some("Only the label."), put : true
    }
};
#[cfg(any(unix, windows))]
#[cfg(test)]
::atdata::__private::laws! {
    test : simplify_laws, lens : simplify, sources : photos
}
