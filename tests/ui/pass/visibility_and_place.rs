//! Structs of any visibility, in modules and functions; fields that are there for some targets only.
#![deny(private_interfaces, private_bounds, unreachable_pub, warnings)]
#![allow(dead_code, unexpected_cfgs)]

use atdata::Packable;

mod outer {
    pub(crate) mod inner {
        use atdata::Packable;

        #[derive(Packable)]
        pub(super) struct Near {
            pub(super) id: i64,
            private: i64,
        }

        #[derive(Packable, Clone, Debug, PartialEq)]
        pub(in crate::outer) struct Here {
            pub(in crate::outer) id: i64,
        }

        #[derive(Packable)]
        struct Private {
            id: i64,
        }

        #[derive(Packable)]
        #[packable(batch = "Columns", batch_derive(Debug))]
        pub(crate) struct Far {
            pub(crate) id: i64,
            here: Here,
        }

        impl Far {
            pub(crate) fn new() -> Self {
                Self { id: 1, here: Here { id: 2 } }
            }
        }
    }

    pub(crate) fn near() {
        use atdata::Packable;
        let near = inner::Near::unpack(b"\x82\xa2id\x01\xa7private\x02").unwrap();
        assert_eq!(inner::NearBatch::from_samples([near]).unwrap().id, [1]);
    }
}

struct FarBatch;

fn main() {
    outer::near();
    let batch = outer::inner::Columns::from_samples([outer::inner::Far::new()]).unwrap();
    assert_eq!(batch.id, [1]);

    #[derive(Packable)]
    struct Local {
        id: i64,
        #[cfg(any())]
        never: std::time::Instant,
        #[cfg(all())]
        always: i64,
        #[cfg_attr(all(), packable(rename = "other"))]
        renamed: i64,
    }
    let local = Local { id: 1, always: 2, renamed: 3 };
    assert_eq!(Local::SCHEMA.to_string(), "Local@1.0.0 { id: int, always: int, other: int }");
    assert_eq!(LocalBatch::from_samples([local]).unwrap().renamed, [3]);
}
