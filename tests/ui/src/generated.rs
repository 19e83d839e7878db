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

cases!(arrays bundle cycles defaults enums hostile kinds lexicon names nested python trusting upgrade upgrade_refused versions);
