//! What `atdata-codegen` writes for its golden cases: under the same lints, but for those that forbid what it has to do.
#![allow(
    missing_copy_implementations,
    clippy::absolute_paths,
    clippy::min_ident_chars,
    reason = "paths are absolute, names are the records', and a sample type may grow"
)]

macro_rules! cases {
    ($($case:ident)+) => { $(
        /// A golden case.
        pub mod $case {
            include!(concat!("../../../atdata-codegen/tests/cases/", stringify!($case), "/expected.rs"));
        }
    )+ };
}

/// The same where nobody sees it.
mod unseen {
    mod versions {
        include!("../../../atdata-codegen/tests/cases/versions/expected.rs");
    }
    mod upgrade {
        include!("../../../atdata-codegen/tests/cases/upgrade/expected.rs");
    }
    mod arrays {
        include!("../../../atdata-codegen/tests/cases/arrays/expected.rs");
    }
}

cases!(
    arrays bundle containers cycles defaults enums hostile images kinds lexicon names nested options python schemars trusting
    upgrade upgrade_refused versions
);

/// A golden case, of samples whose members are read by codecs that are ours.
pub mod members {
    use atdata::bytes::Bytes;
    use atdata::field::{MemberCodec, MemberCodecs, Wanted};
    use atdata::{Result, Value};

    include!("../../../atdata-codegen/tests/cases/members/expected.rs");

    /// Numbers with commas between them.
    #[derive(Debug)]
    struct Csv;

    impl MemberCodec for Csv {
        fn decode(&self, _: &Bytes, _: Wanted<'_>) -> Result<Value> {
            Ok(Value::List(Vec::new()))
        }

        fn encode(&self, _: &Value, _: Wanted<'_>) -> Result<Bytes> {
            Ok(Bytes::new())
        }
    }

    /// Sound.
    #[derive(Debug)]
    struct Audio;

    impl MemberCodecs for Audio {
        fn of(extension: &str) -> Option<&'static dyn MemberCodec> {
            (extension == "csv").then_some(&Csv)
        }
    }
}
