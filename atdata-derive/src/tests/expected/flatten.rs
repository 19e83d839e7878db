///Many [`Shot`] samples, as a struct of arrays.
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
struct ShotBatch {
    ///`id` of each sample.
    id: ::atdata::__private::OutOf<Shot, i64>,
    ///`camera` of each sample.
    camera: ::atdata::__private::OutOf<Shot, camera::Camera>,
    ///`focus` of each sample.
    focus: ::atdata::__private::OutOf<Shot, Array1<f32>>,
}
::atdata::__private::batch!(ShotBatch of Shot);
const _: () = {
    use ::atdata::__private as __p;
    const __KNOWN0: &[__p::Known; 1usize] = &[__p::field::<__P<i64>>("id", b"\xA2id")];
    const __KNOWN2: &[__p::Known; 1usize] = &[
        __p::field::<__P<Array1<f32>>>("focus", b"\xA5focus")
            .declared(__p::ArraySpec::new(__p::None, true)),
    ];
    const __PARTS: &[__p::Part<__p::FieldKey>] = &[
        __p::Part::own(&__p::keys(__KNOWN0)),
        __p::Part::flat(
            "camera",
            <__P<camera::Camera> as __p::FlatKeys>::FLAT_KEYS.list(),
        ),
        __p::Part::own(&__p::keys(__KNOWN2)),
    ];
    const __LEN: __p::usize = __p::count(__PARTS);
    const __KEYS: &__p::KeyTable<__LEN> = &__p::KeyTable::new(__p::joined_keys(__PARTS));
    const _: () = __p::one_field_each(__PARTS, &__KEYS.keys(), "camera", "Shot");
    impl __p::Proof for Shot {
        const FIELDS: __p::bool = {
            __p::one_null(<i64 as __p::PackField>::TWO_NULLS, "id");
            __p::asks(<camera::Camera as __p::Flat>::FLAT);
            __p::one_null(<Array1<f32> as __p::PackField>::TWO_NULLS, "focus");
            true
        };
    }
    __p::proven!(Shot);
    const _: () = if !__p::holds_array(<Array1<f32> as __p::PackField>::TYPE) {
        __p::panic!(
            "field `focus`: `cast` is for arrays (`ndarray::Array`, `DynArray`, alone or in `Option`, `Vec` or a map); remove the attribute, or give the field an array type"
        )
    };
    const _: () = if !__p::has_dtype(<Array1<f32> as __p::PackField>::TYPE) {
        __p::panic!(
            "field `focus`: `cast` has no dtype to convert to, for a `DynArray` takes every one; remove the attribute, or give the field an `ndarray::Array` type"
        )
    };
    impl __p::Row for __Row {
        type Sample = Shot;
        type Fields = (
            __p::Cell<__P<i64>>,
            __p::Flattened<__P<camera::Camera>>,
            __p::Cell<__P<Array1<f32>>>,
        );
        const LAYOUT: &'static __p::Layout = &__p::Layout::new("Shot", __KEYS, false);
        const KNOWN: &'static [__p::Field] = &__p::joined_fields::<
            __LEN,
        >(
            &[
                __p::Part::own(&__p::fields(__KNOWN0)),
                __p::Part::flat("camera", __p::fields_of::<__P<camera::Camera>>()),
                __p::Part::own(&__p::fields(__KNOWN2)),
            ],
        );
        const CASTS: &'static [__p::bool] = &__p::joined_casts::<
            __LEN,
        >(__PARTS, &[&[], __p::casts_of::<__P<camera::Camera>>(), &[true]]);
        const FLATTENED: &'static [__p::FlatField] = &[
            __p::FlatField::new::<
                __P<camera::Camera>,
            >("camera", __p::count(__PARTS.split_at(1usize).0)),
        ];
        fn from_values((__0, __1, __2): __p::Values<Self>) -> Shot {
            Shot {
                id: __0,
                camera: __1,
                focus: __2,
            }
        }
        fn into_values(__s: Shot) -> __p::Values<Self> {
            (__s.id, __s.camera, __s.focus)
        }
        fn refs(__s: &Shot) -> __p::Refs<'_, Self> {
            (&__s.id, &__s.camera, &__s.focus)
        }
        fn from_outs((__0, __1, __2): __p::Outs<Self>) -> ShotBatch {
            ShotBatch {
                id: __0,
                camera: __1,
                focus: __2,
            }
        }
        fn into_outs(__b: ShotBatch) -> __p::Outs<Self> {
            (__b.id, __b.camera, __b.focus)
        }
        fn outs(__b: &ShotBatch) -> __p::OutRefs<'_, Self> {
            (&__b.id, &__b.camera, &__b.focus)
        }
    }
    #[automatically_derived]
    impl __p::Packable for Shot {
        __p::packable!(ShotBatch, __Builder(__Row), "Shot", "1.0.0", __p::None);
    }
    impl __p::ViewSource for Shot {
        __p::view_source_of!(__Row);
    }
    __p::sample!(Shot("Shot", "1.0.0"), ShotBatch, __Builder(__Row), write_checked);
};
