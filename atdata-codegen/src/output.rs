//! Output: the generated code as a text, and the files that it goes to.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;

use crate::config::Config;
use crate::error::{Problem, finish, printable};
use crate::lower;
use crate::model::{Module, Package};
use crate::source::{Schemas, Source, shown};
use crate::{Error, emit, plan};

/// Generated Rust: formatted, the same for the same records whatever order they come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    header: String,
    code: String,
    notes: Vec<Problem>,
}

impl Generated {
    /// The items without the comment that says where they come from.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What the types cannot say of their records: names, versions and defaults that are others in Rust.
    pub fn notes(&self) -> &[Problem] {
        &self.notes
    }

    /// Writes the file, and the folders that it needs, unless it holds just this already; says whether it wrote.
    ///
    /// # Errors
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists) if there is a file that was not generated: it may be somebody's
    /// work. Else as for any file that is written.
    pub fn write(&self, path: impl AsRef<Path>) -> io::Result<bool> {
        let path = path.as_ref();
        if !self.may_write(path)? {
            return Ok(false);
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, self.to_string()).map(|()| true)
    }

    /// Whether [`write`](Self::write) would write; no more than looks at the file.
    ///
    /// # Errors
    /// As for [`write`](Self::write).
    pub fn may_write(&self, path: &Path) -> io::Result<bool> {
        match fs::read(path) {
            Ok(found) if found == self.to_string().as_bytes() => Ok(false),
            Ok(found) if !is_ours(&found) => {
                let message = "there is a file that atdata-codegen did not write; remove it, or write to another place";
                Err(io::Error::new(io::ErrorKind::AlreadyExists, message))
            }
            _ => Ok(true),
        }
    }
}

/// The text of the file.
impl fmt::Display for Generated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.header)?;
        f.write_str(&self.code)
    }
}

impl Config {
    /// Generates the types of the records.
    ///
    /// # Errors
    /// All that is wrong with the records, and with the options.
    pub fn generate(&self, schemas: &Schemas) -> Result<Generated, Error> {
        let sources = sorted(schemas);
        let package = self.package(schemas, &sources)?;
        let code = format(emit::module(&package.root, &[], true, &package, self))?;
        Ok(Generated { header: header(&sources), code, notes: package.notes })
    }

    /// The same as tokens, for a macro.
    ///
    /// # Errors
    /// As for [`generate`](Self::generate).
    pub fn tokens(&self, schemas: &Schemas) -> Result<TokenStream, Error> {
        self.tokens_and_notes(schemas).map(|(tokens, _)| tokens)
    }

    /// The same, with what [`Generated::notes`] has beside a file.
    ///
    /// # Errors
    /// As for [`generate`](Self::generate).
    pub fn tokens_and_notes(&self, schemas: &Schemas) -> Result<(TokenStream, Vec<Problem>), Error> {
        let package = self.package(schemas, &sorted(schemas))?;
        Ok((emit::module(&package.root, &[], true, &package, self), package.notes))
    }

    /// Generates the types of the records with a file for each module, for a folder: `mod.rs` for the outermost one, and
    /// `name.rs` with the folder `name` for the others.
    ///
    /// # Errors
    /// As for [`generate`](Self::generate).
    pub fn generate_tree(&self, schemas: &Schemas) -> Result<BTreeMap<PathBuf, Generated>, Error> {
        let sources = sorted(schemas);
        let package = self.package(schemas, &sources)?;
        let mut files = BTreeMap::new();
        self.module_files(&package.root, &[], &package, &mut files)?;
        let inner: Vec<String> = files.keys().filter(|path| *path != Path::new(ROOT)).map(|path| shown(path)).collect();
        if let Some(root) = files.get_mut(Path::new(ROOT)) {
            // What all is made from is said once, and what belongs to it.
            root.header = header(&sources);
            if !inner.is_empty() {
                root.header.truncate(root.header.trim_end().len());
                let lines = inner.iter().map(|file| format!("\n{MODULE}{file}"));
                root.header.extend([MODULES.to_owned()].into_iter().chain(lines).chain(["\n\n".to_owned()]));
            }
            root.notes = package.notes;
        }
        Ok(files)
    }

    fn module_files(
        &self,
        module: &Module,
        path: &[String],
        package: &Package,
        files: &mut BTreeMap<PathBuf, Generated>,
    ) -> Result<(), Error> {
        let code = format(emit::module(module, path, false, package, self))?;
        let folder = PathBuf::from_iter(path);
        let header = format!("{}\n\n", first_line());
        let file = if path.is_empty() { folder.join(ROOT) } else { folder.with_extension("rs") };
        files.insert(file, Generated { header, code, notes: Vec::new() });
        module.modules.iter().try_for_each(|inner| {
            let path: Vec<String> = path.iter().chain([&inner.name]).cloned().collect();
            self.module_files(inner, &path, package, files)
        })
    }

    fn package(&self, schemas: &Schemas, sources: &[&Source]) -> Result<Package, Error> {
        let mut problems = schemas.problems.clone();
        problems.extend(self.problems(sources));
        let drafts = lower::lower(sources, self, &mut problems);
        let mut package = plan::plan(sources, &drafts, self, &mut problems);
        package.notes.extend(sources.iter().flat_map(|source| source.values_in_no_field()));
        finish(problems).map(|()| package)
    }

    /// For a build script: reads the records in files, folders or lock files, and writes their types to `schemas.rs` in
    /// cargo's `OUT_DIR`, if they are others than those there. Tells cargo what it read, so that the script runs again
    /// when one of these changes, and only then.
    ///
    /// # Errors
    /// All that is wrong with the records and the options; an `OUT_DIR` that is not there or cannot be written to.
    pub fn compile<P: AsRef<Path>>(&self, paths: impl IntoIterator<Item = P>) -> Result<(), Error> {
        let mut schemas = Schemas::new();
        for path in paths {
            schemas.read(path);
        }
        // Also when it fails: it must run again when the files are mended.
        for file in schemas.files() {
            println!("cargo::rerun-if-changed={}", file.display());
        }
        let generated = self.generate(&schemas)?;
        let path = self.target_folder()?.join(&self.file_name);
        for note in generated.notes() {
            println!("cargo::warning={note}");
        }
        let written = generated.write(&path);
        written.map_err(|error| Problem::new(&shown(&path), "", format!("cannot be written: {error}")))?;
        Ok(())
    }

    fn target_folder(&self) -> Result<PathBuf, Error> {
        let folder = self.out_dir.clone().or_else(|| std::env::var_os("OUT_DIR").map(PathBuf::from));
        folder.ok_or_else(|| {
            Error::config("there is no OUT_DIR: call this from a build script, or say where with `Config::out_dir`")
        })
    }
}

fn sorted(schemas: &Schemas) -> Vec<&Source> {
    let mut sources: Vec<&Source> = schemas.sources.iter().collect();
    sources.sort_by(|a, b| a.order().cmp(&b.order()));
    sources
}

/// prettyplease formats a file; that the tokens are one is checked, and not believed.
fn format(tokens: TokenStream) -> Result<String, Error> {
    let file = syn::parse2(tokens).map_err(|error| {
        Error::config(format!("the generated code is no Rust, which is a mistake of atdata-codegen: {error}"))
    })?;
    Ok(spaced(&prettyplease::unparse(&file)))
}

/// A blank line between items, which prettyplease does not write. Text of records is in comments and literals of one
/// line each, so that no line of it is a brace alone.
fn spaced(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut after_item = false;
    for line in code.lines() {
        let is_end = line.trim_start().starts_with('}');
        if after_item && !is_end {
            out.push('\n');
        }
        after_item = line.trim() == "}";
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// The file of a tree's outermost module.
const ROOT: &str = "mod.rs";
/// Before the list of the tree's other files, and before each of them.
const MODULES: &str = "\n//\n// Modules, in files that are this one's:";
const MODULE: &str = "//   module      ";

/// Whether a file was generated. One that is empty was made to be filled.
fn is_ours(content: &[u8]) -> bool {
    content.is_empty() || content.starts_with(GENERATED_MARK.as_bytes())
}

/// The files that belong to a tree by the word of its outermost module, as far as they are there and were generated:
/// what a later run may remove.
///
/// # Errors
/// As for any files that are read.
pub fn files_of_tree(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let read = |path: &Path| match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(|content| Some(content).filter(|content| is_ours(content))),
    };
    let Some(root) = read(&folder.join(ROOT))? else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    for line in String::from_utf8_lossy(&root).lines().take_while(|line| line.starts_with("//")) {
        let Some(file) = line.strip_prefix(MODULE) else { continue };
        let is_word = |step: &str| !step.is_empty() && step.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if file.strip_suffix(".rs").is_some_and(|steps| steps.split('/').all(is_word)) {
            let path = folder.join(file);
            if read(&path)?.is_some() {
                files.push(path);
            }
        }
    }
    Ok(files)
}

/// Who made the file, and from what. Text of records is made harmless: a comment ends with its line.
fn header(sources: &[&Source]) -> String {
    let mut lines = vec![first_line()];
    for source in sources {
        let schema = &source.record.schema;
        let (name, version, file) = (printable(&schema.name), printable(&schema.version), printable(&source.label));
        lines.push("//".to_owned());
        lines.push(format!("// {name}@{version}, from {file}"));
        lines.extend(source.uri.as_deref().map(|uri| format!("//   uri         {}", printable(uri))));
        lines.extend(source.cid.as_deref().map(|cid| format!("//   cid         {}", printable(cid))));
        lines.push(format!("//   fingerprint {}", schema.fingerprint()));
    }
    lines.join("\n") + "\n\n"
}

/// By which a generated file is known.
pub const GENERATED_MARK: &str = "// @generated by atdata-codegen ";

fn first_line() -> String {
    format!("{GENERATED_MARK}{}: edit the schema, not this file.", env!("CARGO_PKG_VERSION"))
}
