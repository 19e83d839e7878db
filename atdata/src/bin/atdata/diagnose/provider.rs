//! What every database of an index has to be able to do.

use std::ops::ControlFlow;
use std::time::Instant;

use atdata::index::{DocumentKind, Index, IndexBuilder, Label, Provider};
use atdata::{ErrorKind, Result};

use super::Check;

pub(super) fn check(url: &str, read_only: bool, checks: &mut Vec<Check>) {
    // Of a file that is not there, none is made.
    let opened = Index::builder().read_only().provider_at(url).and_then(IndexBuilder::build);
    let opened = match opened {
        Ok(index) if read_only => Ok(index),
        // A database that is there gets its tables.
        Err(error) if error.kind() == ErrorKind::NotFound && !read_only && is_postgres(url) => Index::connect(url),
        opened => opened.and_then(|_| Index::connect(url)),
    };
    let index = match opened {
        Ok(index) => index,
        Err(error) => {
            checks.push(Check::failed("index", &error));
            return;
        }
    };
    let Ok(repository) = index.repository("local") else { return };
    let provider = repository.provider();
    checks.push(match counts(provider) {
        Ok(counts) => Check::good("reading", counts),
        Err(error) => Check::failed("reading", &error),
    });
    if read_only {
        return;
    }
    checks.push(match write_and_read(provider) {
        Ok(took) => Check::good("writing", took),
        Err(error) => Check::failed("writing", &error),
    });
}

fn is_postgres(url: &str) -> bool {
    url.split_once("://").is_some_and(|(scheme, _)| scheme.to_ascii_lowercase().starts_with("postgres"))
}

fn counts(provider: &dyn Provider) -> Result<String> {
    let mut entries = 0_u64;
    // One after the other, for there may be many.
    provider.visit_entries(&|_, _| true, &mut |_| {
        entries += 1;
        ControlFlow::Continue(())
    })?;
    Ok(format!(
        "{entries} entries, {} labels, {} schemas, {} lenses",
        provider.count_labels()?,
        provider.documents(DocumentKind::Schema)?.len(),
        provider.documents(DocumentKind::Lens)?.len(),
    ))
}

/// Sets a label of a name that nobody has, looks it up, and removes it.
fn write_and_read(provider: &dyn Provider) -> Result<String> {
    let name = super::own_name();
    let label = Label::new(&name, "none");
    let begin = Instant::now();
    provider.put_label(&label)?;
    let written = begin.elapsed();
    let begin = Instant::now();
    let found = provider.label(&name, None);
    let read = begin.elapsed();
    provider.remove_label(&name, None)?;
    if found?.is_none_or(|found| found.cid != label.cid) {
        return Err(atdata::Error::new(ErrorKind::Conflict, "what was written is not what is read"));
    }
    Ok(format!("a label was written in {written:.1?} and read in {read:.1?}"))
}
