#[allow(non_camel_case_types)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
struct upper;
const _: () = {
    use ::atdata::__private as __p;
    #[allow(clippy::trivially_copy_pass_by_ref)]
    fn upper(src: &DictSample) -> DictSample {
        src.clone()
    }
    const __TYPES: __p::bool = {
        let _ = <DictSample as __p::LensType>::SCHEMA;
        let _ = <DictSample as __p::LensType>::SCHEMA;
        true
    };
    #[automatically_derived]
    impl __p::Lens for upper {
        type Source = DictSample;
        type View = DictSample;
        #[inline]
        fn get(&self, __source: &DictSample) -> DictSample {
            upper(__source)
        }
    }
    #[automatically_derived]
    impl __p::FunctionLens for upper {
        const LENS: Self = Self;
    }
    #[automatically_derived]
    #[doc(hidden)]
    impl ::core::ops::Deref for upper {
        type Target = __p::Methods<Self>;
        #[inline]
        fn deref(&self) -> &__p::Methods<Self> {
            __p::Methods::of_lens()
        }
    }
    #[automatically_derived]
    impl<__N: __p::LensFrom<DictSample>> ::core::ops::BitOr<__N> for upper {
        type Output = __p::Then<Self, __N>;
        #[inline]
        fn bitor(self, __next: __N) -> __p::Then<Self, __N> {
            __p::Lens::then(self, __next)
        }
    }
    __p::register_lens! {
        name : "upper", version : "1.0.0", module : ::core::module_path!(), lens : <
        upper as __p::FunctionLens > ::LENS, source : < DictSample as __p::Proven < {
        __TYPES } >> ::Type, view : < DictSample as __p::Proven < { __TYPES } >> ::Type,
        description : __p::None, put : false
    }
};
