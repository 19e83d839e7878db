//! Pages on one task each, which are also the files in `docs/` of the repository.
//!
//! | page | |
//! |---|---|
//! | [`types`] | sample types: fields, attributes, schemas, versions |
//! | [`field_types`] | which types fields can have, and what they are on the wire |
//! | [`members`] | plain WebDataset shards: members as fields, groups |
//! | [`reading`] | reading and writing shards, and where they can be |
//! | [`queries`] | which samples: typed predicates, their text, missing values |
//! | [`columns`] | one field over all samples, here and in xarray |
//! | [`sql`] | datasets as tables of DataFusion, Arrow and Parquet |
//! | [`manifests`] | what is in the fields of shards, beside them |
//! | [`training`] | epochs: order, plan, loader, resuming; random access |
//! | [`views`] | one sample type seen as another: lenses |
//! | [`barecat`] | archives of barecat: millions of files, any of them at once |
//! | [`index`] | datasets by name: databases, stores, references |
//! | [`network`] | datasets of others: the AT Protocol network |
//! | [`codegen`] | Rust types from published schemas |
//! | [`from_python`] | what Python calls something, and where it is here |
//! | [`program`] | the program `atdata` |
//! | [`features`] | crates and features |
//! | [`format`](mod@format) | what a shard and a sample are as bytes |

// Only documentation has this module. The pages link to each other by the names of their files, which is what a reader of
// the repository follows; the definitions that go before each page here lead to the modules instead, for the first one counts.
// Their examples need most features: without them they are not run.
macro_rules! pages {
    ($($name:ident = $file:literal;)*) => {
        $(
            #[doc = "[types]: crate::docs::types"]
            #[doc = "[field-types]: crate::docs::field_types"]
            #[doc = "[members]: crate::docs::members"]
            #[doc = "[reading]: crate::docs::reading"]
            #[doc = "[queries]: crate::docs::queries"]
            #[doc = "[columns]: crate::docs::columns"]
            #[doc = "[sql]: crate::docs::sql"]
            #[doc = "[manifests]: crate::docs::manifests"]
            #[doc = "[training]: crate::docs::training"]
            #[doc = "[views]: crate::docs::views"]
            #[doc = "[barecat]: crate::docs::barecat"]
            #[doc = "[index]: crate::docs::index"]
            #[doc = "[network]: crate::docs::network"]
            #[doc = "[codegen]: crate::docs::codegen"]
            #[doc = "[program]: crate::docs::program"]
            #[doc = "[features]: crate::docs::features"]
            #[doc = "[from-python]: crate::docs::from_python"]
            #[doc = "[format]: crate::docs::format"]
            #[doc = ""]
            #[cfg_attr(any(not(doctest), feature = "full"), doc = include_str!(concat!("../docs/", $file)))]
            pub mod $name {}
        )*
    };
}

pages! {
    types = "types.md";
    field_types = "field-types.md";
    members = "members.md";
    reading = "reading.md";
    queries = "queries.md";
    columns = "columns.md";
    sql = "sql.md";
    manifests = "manifests.md";
    training = "training.md";
    views = "views.md";
    barecat = "barecat.md";
    index = "index.md";
    network = "network.md";
    codegen = "codegen.md";
    from_python = "from-python.md";
    program = "program.md";
    features = "features.md";
    format = "format.md";
}
