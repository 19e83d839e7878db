//! What does not go with `flatten`.

use crate::ctxt::Ctxt;
use crate::model::{FieldDef, SampleDef};
use crate::written::is_option;

pub(super) fn flattened(ctxt: &Ctxt, sample: &SampleDef<'_>, field: &FieldDef<'_>) {
    let Some(span) = field.flatten else { return };
    attributes(ctxt, field);
    if is_option(field.ty) {
        let message = format!(
            "field `{}`: an `Option` cannot be flattened, for nothing in a sample would say whether it is there; make the \
             fields of its type `Option`s, or remove `flatten`",
            field.ident
        );
        ctxt.error(span, message);
    }
    if let Some(problem) = of_the_struct(sample) {
        ctxt.error(span, format!("field `{}`: {problem}", field.ident));
    }
}

/// Where each field has to be known by its name while the macro runs.
fn of_the_struct(sample: &SampleDef<'_>) -> Option<&'static str> {
    if sample.members.is_used() {
        Some("a member is named by the field that it is; list the fields of its type here, or remove `flatten`")
    } else if sample.view_of.is_some() {
        Some(
            "a view names what it shows; list the fields here, such as `#[packable(from = \"camera.model\")]` for one of a \
             flattened field of the source",
        )
    } else if sample.record.is_some() {
        Some(
            "a struct that is held against a record lists all its fields; list those of its type here, or remove `schema`",
        )
    } else if sample.python {
        Some("`python` looks at the names that are here; list the fields of its type here, or remove `python`")
    } else {
        None
    }
}

fn attributes(ctxt: &Ctxt, field: &FieldDef<'_>) {
    let of_a_name = [
        ("rename", field.renamed),
        ("alias", field.alias.as_ref().map(|at| at.span)),
        ("default", field.default.as_ref().map(|at| at.span)),
        ("required", field.required),
        ("shape", field.shape.as_ref().map(|at| at.span)),
        ("dims", field.dims.as_ref().map(|at| at.span)),
        ("cast", field.cast),
        ("ragged", field.ragged),
        ("pad", field.pad_span()),
        ("manifest", field.manifest.as_ref().map(|at| at.span)),
    ];
    for (name, span) in of_a_name {
        if let Some(span) = span {
            let message = format!(
                "field `{}`: `{name}` has no effect on a flattened field, which has no name and no value of its own on the \
                 wire; write it on the fields of its type",
                field.ident
            );
            ctxt.error(span, message);
        }
    }
    let others = [
        ("with", field.with.as_ref().map(|at| at.span)),
        ("serde", field.serde),
        ("schemars", field.schemars),
        ("skip", field.skip),
    ];
    // What is for members is told with those, where there are some and where there are none.
    for (name, span) in others {
        if let Some(span) = span {
            let message =
                format!("field `{}`: `flatten` and `{name}` exclude each other; remove one of the two", field.ident);
            ctxt.error(span, message);
        }
    }
}
