//! `atdata columns`: fields over all samples, for other programs.

use std::io::{self, Write};

use atdata::dataset::References;
use atdata::{Error, ErrorKind, Result};
use serde_json::json;

use crate::args::{ColumnsCommand, ColumnsRefsArgs};
use crate::console::Console;
use crate::json;
use crate::places::Given;
use crate::text::Plain;

pub(crate) fn run(command: &ColumnsCommand, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let ColumnsCommand::Refs(args) = command;
    match references(args, given) {
        Ok(references) if args.json => {
            let fields = references
                .fields()
                .map(|(name, dtype, shape)| json!({ "field": name, "dtype": dtype, "shape": shape }));
            let line = json!({
                "samples": references.samples(), "places": references.places(), "fields": fields.collect::<Vec<_>>(),
            });
            writeln!(console.out(), "{}", json::line(&line))
        }
        Ok(references) => {
            for (name, dtype, shape) in references.fields() {
                writeln!(console.out(), "{}: {dtype} {shape:?}", Plain(name))?;
            }
            let out = args.out.to_string_lossy();
            let (samples, places) = (references.samples(), references.places());
            writeln!(console.out(), "{samples} samples; {places} places in shards are named in {}.", Plain(&out))
        }
        Err(error) => {
            console.usage_or_error(&error);
            Ok(())
        }
    }
}

fn references(args: &ColumnsRefsArgs, given: Given<'_>) -> Result<References> {
    let dims = args.dims.iter().map(|text| dims(text)).collect::<Result<Vec<_>>>()?;
    let dataset = given.dataset(&args.path)?;
    let fields: Vec<&str> = args.fields.iter().map(String::as_str).collect();
    let mut references = dataset.references(&fields)?;
    for (field, names) in dims {
        references = references.with_dims(field, &names)?;
    }
    if let Some(folder) = &args.at {
        references = references.at(folder)?;
    }
    references.save(&args.out)?;
    Ok(references)
}

/// A field, and the names of its dimensions.
fn dims(text: &str) -> Result<(&str, Vec<&str>)> {
    let Some((field, names)) = text.split_once('=') else {
        let message = format!("expected --dims FIELD=NAMES, such as temperature=depth,time, found `{text}`");
        return Err(Error::new(ErrorKind::InvalidInput, message));
    };
    Ok((field, names.split(',').collect()))
}
