//! One error type for the whole library: what went wrong, where, and what a caller can do about it.
//!
//! Each module states its causes in a private enum and files them under an [`ErrorKind`]; the place (shard, offset,
//! sample key, field path) is added while the error travels up, by whoever knows it.

mod memory;

use std::error::Error as StdError;
use std::fmt::{self, Write as _};

pub(crate) use atdata_schema::redact;
use atdata_schema::unseen::is_unseen;

#[cfg(feature = "json")]
pub(crate) use self::memory::ask;
pub(crate) use self::memory::{NoMemory, append, buffer, copied, copied_text, is_any_left, push, room, shared_text};

/// `Result` with [`Error`] as its default error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a caller can act on; the text of the error has the details, down to what the system or the caller's own code
/// said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file, a shard, a sample key or an index that does not exist.
    NotFound,
    /// The operating system or a server refused access.
    Permission,
    /// A server asks to be left alone for a while.
    Throttled,
    /// A connection could not be made or broke, nothing came for too long, or the server failed, and asking again did
    /// not help.
    Interrupted,
    /// Something changed under the reader's or the writer's hands: a shard was replaced while it was read.
    Conflict,
    /// A disk, or what may be used of it, is full.
    StorageFull,
    /// Reading or writing failed below this library.
    Io,
    /// The bytes violate their format: a damaged or truncated shard, archive, msgpack value or array.
    Corrupt,
    /// The bytes are sound, but do not fit the sample type: a missing or unknown field, another type, dtype or shape.
    SchemaMismatch,
    /// An argument of the caller: a bad pattern, key, limit or attribute, a record or reference that is none.
    InvalidInput,
    /// Sound, but refused on purpose: pickled object arrays, msgpack extension types, shell pipes.
    Unsupported,
    /// The user's own iterator or closure failed; [`Error::source`](StdError::source) is its error.
    Caller,
}

/// A few words for people: `not found`, `schema mismatch`.
impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotFound => "not found",
            Self::Permission => "permission refused",
            Self::Throttled => "throttled",
            Self::Interrupted => "interrupted",
            Self::Conflict => "conflict",
            Self::StorageFull => "storage full",
            Self::Io => "input or output failed",
            Self::Corrupt => "corrupt",
            Self::SchemaMismatch => "schema mismatch",
            Self::InvalidInput => "invalid input",
            Self::Unsupported => "unsupported",
            Self::Caller => "failed in the caller's code",
        })
    }
}

/// An error, with the place it happened.
///
/// [`Display`](fmt::Display) gives the place and the cause on one line, and where the system or the caller's own code
/// failed what that said; `{:#}` and [`Debug`] give the whole chain of sources, so that `fn main() -> atdata::Result<()>`
/// prints all there is to know.
///
/// ```
/// use atdata::{Dataset, DictSample, ErrorKind};
///
/// let error = Dataset::<DictSample>::open("no/such/shard.tar").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::NotFound);
/// assert_eq!(error.shard(), Some("no/such/shard.tar"));
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    cause: Box<dyn StdError + Send + Sync>,
    place: Context,
}

#[derive(Default)]
struct Context {
    shard: Option<Box<str>>,
    offset: Option<u64>,
    key: Option<Box<str>>,
    /// Innermost first: pushed while unwinding.
    path: Vec<Segment>,
    /// Where the sample was read for another one.
    partner: Option<Partner>,
}

/// A sample that was read for another one, which it is joined with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Partner {
    /// Name and version of what it was read as.
    pub(crate) sample_type: Box<str>,
    /// The shard of the other one.
    pub(crate) of: Box<str>,
}

enum Segment {
    Sample(&'static str),
    Field(&'static str),
    Entry(Box<str>),
    Index(usize),
}

/// The causes of one module, and the kind that each is filed under.
pub(crate) trait Cause: StdError + Send + Sync + 'static {
    fn kind(&self) -> ErrorKind;
}

impl<C: Cause> From<C> for Error {
    #[cold]
    fn from(cause: C) -> Self {
        Self::new(cause.kind(), cause)
    }
}

/// So that `?` works beside file operations of one's own.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(own) => return own,
            Err(error) => error,
        };
        Self::new(kind_of_io(&error), error)
    }
}

/// What a caller can act on of an error of the system.
pub(crate) fn kind_of_io(error: &std::io::Error) -> ErrorKind {
    use std::io::ErrorKind as Io;
    match error.kind() {
        Io::NotFound => ErrorKind::NotFound,
        Io::PermissionDenied | Io::ReadOnlyFilesystem => ErrorKind::Permission,
        Io::StorageFull | Io::QuotaExceeded => ErrorKind::StorageFull,
        _ => ErrorKind::Io,
    }
}

/// What the crate of schemas refuses is what somebody gave it.
#[cfg(feature = "records")]
macro_rules! of_schemas {
    ($($error:ident),+) => {
        $(impl Cause for atdata_schema::$error {
            fn kind(&self) -> ErrorKind {
                ErrorKind::InvalidInput
            }
        })+
    };
}
#[cfg(feature = "records")]
of_schemas!(RecordError, ReferenceError, LensReferenceError, MigrationError, VersionError);

impl Error {
    /// An error of `kind` with `cause`, for own [`PackField`](crate::PackField) types and sources.
    #[cold]
    pub fn new(kind: ErrorKind, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(Box::new(Inner { kind, cause: cause.into(), place: Context::default() }))
    }

    /// What the caller can act on.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The shard (path or URL) that was read or written.
    pub fn shard(&self) -> Option<&str> {
        self.0.place.shard.as_deref()
    }

    /// Byte offset in the (decompressed) shard of the member or header at fault.
    pub fn offset(&self) -> Option<u64> {
        self.0.place.offset
    }

    /// Key of the sample at fault.
    pub fn key(&self) -> Option<&str> {
        self.0.place.key.as_deref()
    }

    /// Path of the field at fault, such as `Photo.tags[3]`; empty where no field is to blame.
    pub fn field_path(&self) -> String {
        PathDisplay(&self.0.place.path).to_string()
    }

    /// Whether the same call may succeed later: a passing fault of the system below, not of the data.
    pub fn is_retryable(&self) -> bool {
        if matches!(self.kind(), ErrorKind::Throttled | ErrorKind::Interrupted) {
            return true;
        }
        let mut source: Option<&(dyn StdError + 'static)> = Some(&*self.0.cause);
        while let Some(error) = source {
            if let Some(io) = error.downcast_ref::<std::io::Error>() {
                use std::io::ErrorKind as Io;
                return matches!(
                    io.kind(),
                    Io::Interrupted | Io::TimedOut | Io::WouldBlock | Io::ConnectionReset | Io::ConnectionAborted
                );
            }
            source = error.source();
        }
        false
    }

    /// Names the field that was being read or written.
    #[cold]
    #[must_use]
    pub fn in_field(mut self, name: &'static str) -> Self {
        self.0.place.path.push(Segment::Field(name));
        self
    }

    /// Names the element of a list.
    #[cold]
    #[must_use]
    pub fn in_element(mut self, index: usize) -> Self {
        self.0.place.path.push(Segment::Index(index));
        self
    }

    /// Names the entry of a map.
    #[cold]
    #[must_use]
    pub fn in_entry(mut self, key: &str) -> Self {
        self.0.place.path.push(Segment::Entry(key.into()));
        self
    }

    #[cold]
    #[must_use]
    pub(crate) fn in_sample(mut self, type_name: &'static str) -> Self {
        self.0.place.path.push(Segment::Sample(type_name));
        self
    }

    /// Names the shard, for those who read shards themselves; the first name given stays, as with offset and key.
    #[cold]
    #[must_use]
    pub fn with_shard(mut self, shard: &str) -> Self {
        self.0.place.shard.get_or_insert_with(|| shard.into());
        self
    }

    /// Says where in the (decompressed) shard.
    #[cold]
    #[must_use]
    pub fn with_offset(mut self, offset: u64) -> Self {
        self.0.place.offset.get_or_insert(offset);
        self
    }

    /// The same of a part of the shard that begins there.
    #[cold]
    #[must_use]
    pub(crate) fn behind(mut self, start: u64) -> Self {
        self.0.place.offset = self.0.place.offset.map(|offset| offset.saturating_add(start));
        self
    }

    /// Says that it is about a sample of that type, which was read for one of another shard. Of several that were read for one another
    /// the type of the last one stays, and the shard of the first.
    #[cold]
    #[must_use]
    pub(crate) fn of_partner(mut self, sample_type: &str, of: &str) -> Self {
        match &mut self.0.place.partner {
            Some(partner) => partner.of = of.into(),
            none => *none = Some(Partner { sample_type: sample_type.into(), of: of.into() }),
        }
        self
    }

    /// What it is about, if that was read for another sample.
    pub(crate) fn partner(&self) -> Option<&Partner> {
        self.0.place.partner.as_ref()
    }

    /// Names the sample.
    #[cold]
    #[must_use]
    pub fn with_key(mut self, key: &str) -> Self {
        self.0.place.key.get_or_insert_with(|| key.into());
        self
    }

    /// An I/O error that holds this one, to be given by a reader: [`ShardReader::from_reader`] gets it out again, with
    /// its kind.
    ///
    /// [`ShardReader::from_reader`]: crate::shard::ShardReader::from_reader
    pub fn into_io(self) -> std::io::Error {
        // None of the kinds that readers act on, such as `Interrupted`, which they would try again for ever.
        std::io::Error::other(self)
    }

    /// The cause, and what is behind it.
    fn write_chain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut above = self.0.cause.to_string();
        f.write_str(&above)?;
        let levels = if f.alternate() { usize::MAX } else { usize::from(self.hides_its_reason()) };
        let mut source = StdError::source(self);
        for _ in 0..levels {
            let Some(error) = source else { break };
            source = error.source();
            let text = error.to_string();
            // One of this library, or of another of the kind, has told of its own source already.
            if !above.ends_with(&text) {
                write!(f, ": {text}")?;
                above = text;
            }
        }
        Ok(())
    }

    /// What went wrong, down to the last source, without the place.
    pub(crate) fn cause_text(&self) -> String {
        format!("{:#}", Chain(self))
    }

    /// The cause, if it is one of that type.
    pub(crate) fn cause<C: StdError + 'static>(&self) -> Option<&C> {
        self.0.cause.downcast_ref()
    }

    /// The same, to say more of it.
    pub(crate) fn cause_mut<C: StdError + 'static>(&mut self) -> Option<&mut C> {
        self.0.cause.downcast_mut()
    }

    /// Whether the cause says what was done when it failed, and its source why.
    fn hides_its_reason(&self) -> bool {
        use ErrorKind::{Caller, Corrupt, Interrupted, InvalidInput, Io, NotFound, Permission, StorageFull};
        matches!(self.kind(), Caller | Corrupt | Interrupted | InvalidInput | Io | NotFound | Permission | StorageFull)
    }
}

struct Chain<'a>(&'a Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write_chain(f)
    }
}

impl StdError for Error {
    /// The source of the cause; the cause's own text is part of `Display` already, that of the source at times.
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.source()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Context { shard, offset, key, path, .. } = &self.0.place;
        match (shard, offset) {
            (Some(shard), Some(offset)) => write!(f, "{} @ {offset}: ", Printable(shard))?,
            (Some(shard), None) => write!(f, "{}: ", Printable(shard))?,
            (None, Some(offset)) => write!(f, "@ {offset}: ")?,
            (None, None) => {}
        }
        if let Some(key) = key {
            write!(f, "key {}: ", Printable(key))?;
        }
        if !path.is_empty() {
            write!(f, "{}: ", PathDisplay(path))?;
        }
        self.write_chain(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#} [{:?}]", self.0.kind)
    }
}

/// Text from a file or a caller, made safe for a terminal and for logs: escaped are control characters, and those that
/// cannot be seen but change the order or the look of the text around them; passwords and signatures of URLs are left out.
pub(crate) struct Printable<'a>(pub(crate) &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let without_secrets = self.0.contains("://").then(|| redact::unsecret_urls(self.0));
        without_secrets.as_deref().unwrap_or(self.0).chars().try_for_each(|c| write_printable(c, f))
    }
}

/// One character of a text that is made [safe for a terminal](Printable), as the program shows them too.
#[doc(hidden)]
pub fn write_printable(c: char, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if is_printable(c) { f.write_char(c) } else { write!(f, "{}", c.escape_default()) }
}

/// Whether a terminal shows the character as it is: no control character, and none that cannot be seen but changes the order or
/// the look of the text around it. Of those the joiner that pictures are made with (U+200D) stays.
#[doc(hidden)]
pub fn is_printable(c: char) -> bool {
    !c.is_control() && !is_unseen(c)
}

struct PathDisplay<'a>(&'a [Segment]);

impl fmt::Display for PathDisplay<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What matters of a path through hundreds of containers is where it begins and ends.
        const SHOWN: usize = 16;
        let skipped = if self.0.len() > SHOWN { SHOWN / 2..self.0.len() - SHOWN / 2 } else { 0..0 };
        let mut inside = false;
        for (at, segment) in self.0.iter().rev().enumerate() {
            if skipped.contains(&at) {
                f.write_str(if at == skipped.start { "[…]" } else { "" })?;
                continue;
            }
            match segment {
                // A nested sample is known by its field; its type name would only lengthen the path.
                Segment::Sample(_) if inside => continue,
                Segment::Field(name) if inside => write!(f, ".{name}")?,
                Segment::Sample(name) | Segment::Field(name) => write!(f, "{name}")?,
                Segment::Entry(key) => write!(f, "[\"{}\"]", Printable(key))?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
            inside = true;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("expected a string, found an integer")]
    struct Wrong;

    impl Cause for Wrong {
        fn kind(&self) -> ErrorKind {
            ErrorKind::SchemaMismatch
        }
    }

    #[test]
    fn an_error_is_a_pointer() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn the_place_reads_from_shard_to_field() {
        let error = Error::from(Wrong)
            .in_element(3)
            .in_field("tags")
            .in_sample("Inner")
            .in_field("meta")
            .in_sample("Photo")
            .with_key("00017")
            .with_offset(913_408)
            .with_shard("train-000042.tar");
        assert_eq!(
            error.to_string(),
            "train-000042.tar @ 913408: key 00017: Photo.meta.tags[3]: expected a string, found an integer"
        );
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    }

    #[test]
    fn the_place_that_was_named_first_stays() {
        let error = Error::from(Wrong).with_shard("a.tar").with_shard("b.tar").with_offset(1).with_offset(2);
        assert_eq!((error.shard(), error.offset()), (Some("a.tar"), Some(1)));
    }

    #[derive(Debug, thiserror::Error)]
    #[error("cannot write the shard")]
    struct Failed(#[source] std::io::Error);

    impl Cause for Failed {
        fn kind(&self) -> ErrorKind {
            kind_of_io(&self.0)
        }
    }

    #[test]
    fn each_kind_of_error_with_a_reason_tells_it() {
        use std::io::ErrorKind as Reason;
        for (reason, kind) in [
            (Reason::ConnectionRefused, ErrorKind::Interrupted),
            (Reason::InvalidInput, ErrorKind::InvalidInput),
            (Reason::InvalidData, ErrorKind::Corrupt),
        ] {
            let error = Error::new(kind, Failed(reason.into()));
            assert_eq!(error.to_string(), format!("cannot write the shard: {}", std::io::Error::from(reason)));
            assert_eq!(error.to_string(), format!("{error:#}"));
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("the mapping function failed")]
    struct Outer(#[source] Error);

    #[test]
    fn what_the_system_said_is_told_once() {
        let full = || Error::from(Failed(std::io::ErrorKind::StorageFull.into())).with_shard("a.tar");
        let text = "a.tar: cannot write the shard: no storage space";
        assert_eq!(full().kind(), ErrorKind::StorageFull);
        assert_eq!((full().to_string(), format!("{:#}", full())), (text.to_owned(), text.to_owned()));
        assert_eq!(format!("{:?}", full()), format!("{text} [StorageFull]"));
        let outer = Error::new(ErrorKind::Caller, Outer(full()));
        let text = format!("the mapping function failed: {text}");
        assert_eq!((outer.to_string(), format!("{outer:#}")), (text.clone(), text));
        assert_eq!(Error::from(std::io::Error::from(std::io::ErrorKind::QuotaExceeded)).kind(), ErrorKind::StorageFull);
    }

    #[test]
    fn kinds_are_words() {
        assert_eq!(format!("{}: {:>9}", ErrorKind::NotFound, ErrorKind::Corrupt), "not found:   corrupt");
    }

    #[test]
    fn a_long_path_is_cut_in_its_middle() {
        let error = (0..1000).rev().fold(Error::from(Wrong), Error::in_element).in_field("deep");
        let path = error.field_path();
        assert!(path.starts_with("deep[0][1]") && path.ends_with("[998][999]"), "{path}");
        assert_eq!(path, "deep[0][1][2][3][4][5][6][…][992][993][994][995][996][997][998][999]");
        let short = (0..16).rev().fold(Error::from(Wrong), Error::in_element);
        assert!(!short.field_path().contains('…'));
    }

    #[test]
    fn a_passing_fault_can_be_tried_again() {
        use std::io;
        let retryable = |kind: io::ErrorKind| Error::from(io::Error::from(kind)).is_retryable();
        assert!(retryable(io::ErrorKind::TimedOut) && retryable(io::ErrorKind::ConnectionReset));
        assert!(!retryable(io::ErrorKind::NotFound) && !Error::from(Wrong).is_retryable());
        assert_eq!(Error::from(io::Error::from(io::ErrorKind::NotFound)).kind(), ErrorKind::NotFound);
    }

    #[test]
    fn secrets_of_urls_are_in_no_place_of_an_error() {
        let url = "https://u:hunter2@h/x?sig=hunter2";
        let error = Error::from(Wrong).with_key(url).with_shard(url).in_entry(url);
        for text in [error.to_string(), format!("{error:#}"), format!("{error:?}")] {
            assert!(text.starts_with("https://h/x: key https://h/x: [\"https://h/x\"]: "), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
        assert_eq!(error.key(), Some(url), "whoever asks for it gets it");
    }

    #[test]
    fn control_characters_of_a_key_do_not_reach_the_terminal() {
        let error = Error::from(Wrong).with_key("a\u{1b}[31m\n");
        assert!(error.to_string().starts_with("key a\\u{1b}[31m\\n: "), "{error}");
        let error = Error::from(Wrong).with_key("a\u{202e}b\u{200b}\u{200c}\u{61c}c👩\u{200d}👩");
        assert!(error.to_string().starts_with("key a\\u{202e}b\\u{200b}\\u{200c}\\u{61c}c👩\u{200d}👩: "), "{error}");
    }
}
