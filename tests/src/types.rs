//! The sample types of `fixtures/fixture_types.py`. Where Python's annotation says nothing of the dtype, or nothing at
//! all, the field here takes what comes.

use atdata::{DynArray, Packable, Value};
use bytes::Bytes;
use half::f16;
use ndarray::ArrayD;
use num_complex::Complex;
use serde_json::{Value as Json, json};

use crate::Encode;

macro_rules! samples {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $t:ty),+ $(,)? })+) => { $(
        #[derive(Packable, Debug, Clone, PartialEq)]
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* pub $field: $t,)+
        }

        impl Encode for $name {
            fn encode(&self) -> Json {
                let fields = [$(json!([stringify!($field), self.$field.encode()])),+];
                json!({ "type": $name::SCHEMA.name, "fields": fields })
            }
        }
    )+ };
}

samples! {
    Prims { s: String, i: i64, f: f64, b: bool, y: Bytes }
    /// For the integers that only `u64` holds.
    #[packable(name = "Prims")]
    UnsignedPrims { s: String, i: u64, f: f64, b: bool, y: Bytes }
    Lists { ls: Vec<String>, li: Vec<i64>, lf: Vec<f64>, lb: Vec<bool>, ly: Vec<Bytes>, llf: Vec<Vec<f64>> }
    /// For a list with integers both below zero and above `i64::MAX`.
    #[packable(name = "Lists")]
    WideLists { ls: Vec<String>, li: Vec<Value>, lf: Vec<f64>, lb: Vec<bool>, ly: Vec<Bytes>, llf: Vec<Vec<f64>> }
    Optionals {
        name: String,
        os: Option<String>,
        oi: Option<i64>,
        of: Option<f64>,
        ob: Option<bool>,
        oy: Option<Bytes>,
        ols: Option<Vec<String>>,
        oa: Option<DynArray>,
        ots: Option<String>,
        ota: Option<DynArray>,
    }
    Arr { name: String, a: DynArray }
    TypedArr {
        name: String,
        f32: ArrayD<f32>,
        u8: ArrayD<u8>,
        i64: ArrayD<i64>,
        c64: ArrayD<Complex<f32>>,
        of16: Option<ArrayD<f16>>,
    }
    WithDict { name: String, meta: Value, anything: Value }
    Text { text: String, label: i64 }
    /// For the integers that only `u64` holds.
    #[packable(name = "Text")]
    UnsignedText { text: String, label: u64 }
    Many {
        f00: i64,
        f01: i64,
        f02: i64,
        f03: i64,
        f04: i64,
        f05: i64,
        f06: i64,
        f07: i64,
        f08: i64,
        f09: i64,
        f10: i64,
        f11: i64,
        f12: i64,
        f13: i64,
        f14: i64,
        f15: i64,
        f16: i64,
        z: String,
        a: String,
    }
    OneBytes { data: Bytes }
    OneAny { #[packable(required)] x: Value }
    NameAge { name: String, age: i64 }
    ManifestSample {
        image: DynArray,
        label: String,
        confidence: f64,
        tags: Vec<String>,
        count: i64,
        flag: bool,
        note: Option<String>,
        hidden: String,
        raw: Bytes,
    }
}

/// The same as [`Prims`], with two fields in a type of their own.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(name = "Prims")]
pub struct FlatPrims {
    pub s: String,
    #[packable(flatten)]
    pub numbers: Numbers,
    pub b: bool,
    pub y: Bytes,
}

#[derive(Packable, Debug, Clone, PartialEq)]
pub struct Numbers {
    pub i: i64,
    pub f: f64,
}

impl Encode for FlatPrims {
    fn encode(&self) -> Json {
        let Self { s, numbers: Numbers { i, f }, b, y } = self.clone();
        Prims { s, i, f, b, y }.encode()
    }
}
