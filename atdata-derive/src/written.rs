//! Types as they are written: what a name stands for the macro cannot know.

use syn::{GenericArgument, Ident, PathArguments, Type};

use crate::attr::ungroup;

/// Whether a type is written as an `Option`. Where one is called so that is none, nothing is lost.
pub(crate) fn is_option(ty: &Type) -> bool {
    container(ty).is_some_and(|(kind, _)| kind == "Option")
}

/// `Option` or `Vec`, and what it holds.
pub(crate) fn container(ty: &Type) -> Option<(&Ident, &Type)> {
    let last = last_segment(ty).filter(|(ident, _)| *ident == "Option" || *ident == "Vec")?;
    match last.1.first()? {
        GenericArgument::Type(inner) => Some((last.0, inner)),
        _ => None,
    }
}

/// Arguments of a path's last name.
pub(crate) type Arguments = syn::punctuated::Punctuated<GenericArgument, syn::Token![,]>;

/// The last name of a path that has arguments.
pub(crate) fn last_segment(ty: &Type) -> Option<(&Ident, &Arguments)> {
    let Type::Path(path) = ungroup(ty) else { return None };
    let last = path.path.segments.last()?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => Some((&last.ident, &arguments.args)),
        _ => None,
    }
}
