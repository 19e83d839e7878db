//! The attributes of a type that derives `PackField`, and of an enum's variants.

use proc_macro2::Span;
use syn::{Attribute, Path};

use super::{At, each, flag, known, path, text};
use crate::case::Case;
use crate::ctxt::Ctxt;
use crate::symbol;

/// Attributes of an enum or a newtype.
#[derive(Default)]
pub(crate) struct TypeAttrs {
    pub(crate) rename_all: Option<Case>,
    pub(crate) krate: Option<Path>,
}

/// Attributes of a variant.
#[derive(Default)]
pub(crate) struct VariantAttrs {
    pub(crate) rename: Option<At<String>>,
    /// That labels which no variant has are read as this one.
    pub(crate) other: Option<Span>,
}

impl TypeAttrs {
    pub(crate) fn of_enum(ctxt: &Ctxt, attrs: &[Attribute]) -> Self {
        Self::from(ctxt, attrs, "an enum", symbol::ENUM, symbol::VARIANT)
    }

    pub(crate) fn of_newtype(ctxt: &Ctxt, attrs: &[Attribute]) -> Self {
        Self::from(ctxt, attrs, "a newtype", symbol::NEWTYPE, &[])
    }

    fn from(ctxt: &Ctxt, attrs: &[Attribute], place: &str, here: &[&str], elsewhere: &[&str]) -> Self {
        let mut found = Self::default();
        let mut seen = Vec::new();
        each(ctxt, attrs, |meta| {
            let Some(name) = known(ctxt, &meta, place, here, elsewhere, &mut seen)? else { return Ok(()) };
            match name.as_str() {
                "rename_all" => {
                    let At { value, span } = text(&meta)?;
                    found.rename_all = Case::parse(ctxt, &value, span);
                }
                _ => found.krate = Some(path(&meta)?),
            }
            Ok(())
        });
        found
    }
}

impl VariantAttrs {
    pub(crate) fn from(ctxt: &Ctxt, attrs: &[Attribute]) -> Self {
        let mut found = Self::default();
        let mut seen = Vec::new();
        each(ctxt, attrs, |meta| {
            match known(ctxt, &meta, "a variant", symbol::VARIANT, symbol::ENUM, &mut seen)?.as_deref() {
                Some("other") => found.other = Some(flag(&meta)?),
                Some(_) => found.rename = Some(text(&meta)?),
                None => {}
            }
            Ok(())
        });
        found
    }
}
