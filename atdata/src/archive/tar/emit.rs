//! Writing members: plain ustar headers from a template, with a PAX header only where ustar has no room.

/// A tar block; headers are one block, payloads are padded to whole blocks.
pub(crate) const BLOCK: usize = 512;
/// Archives end at a multiple of this, as GNU tar and Python write them.
const RECORD: u64 = 10_240;
/// Eleven octal digits.
pub(crate) const MAX_OCTAL: u64 = 0o777_7777_7777;
/// The PAX header is itself a member; this is the name that GNU tar and Python give it.
const PAX_NAME: &str = "././@PaxHeader";

mod at {
    use std::ops::Range;

    pub(crate) const NAME: Range<usize> = 0..100;
    pub(crate) const MODE: Range<usize> = 100..108;
    pub(crate) const UID: Range<usize> = 108..116;
    pub(crate) const GID: Range<usize> = 116..124;
    pub(crate) const SIZE: Range<usize> = 124..136;
    pub(crate) const MTIME: Range<usize> = 136..148;
    pub(crate) const CHECKSUM: Range<usize> = 148..156;
    pub(crate) const TYPE: usize = 156;
    pub(crate) const MAGIC: Range<usize> = 257..265;
    pub(crate) const UNAME: Range<usize> = 265..297;
    pub(crate) const GNAME: Range<usize> = 297..329;
    pub(crate) const PREFIX: Range<usize> = 345..500;
}

type Header = [u8; BLOCK];

/// Writes the headers of members that differ in nothing but name and size.
#[derive(Debug)]
pub(crate) struct Emitter {
    /// A whole header but for name, size and checksum.
    template: Header,
    /// The sum of its bytes, the checksum field counted as spaces.
    sum: u32,
    /// The largest size that the header itself states; larger ones go to a PAX record.
    max_size: u64,
    mtime: u64,
}

/// A member whose payload is being appended.
#[derive(Debug)]
pub(crate) struct Opened {
    /// Of the PAX header, if there is one, else the same as `header`.
    start: usize,
    header: usize,
    payload: usize,
    sum: u32,
}

impl Opened {
    /// Where in the buffer the first of its headers begins.
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    /// Where in the buffer the payload begins.
    pub(crate) fn payload(&self) -> usize {
        self.payload
    }
}

impl Emitter {
    /// `mtime` in seconds since the epoch, at most [`MAX_OCTAL`].
    pub(crate) fn new(mtime: u64) -> Self {
        Self::with_max_size(mtime, MAX_OCTAL)
    }

    /// The time that the headers state.
    #[cfg_attr(not(feature = "manifest"), allow(dead_code))]
    pub(crate) fn mtime(&self) -> u64 {
        self.mtime
    }

    fn with_max_size(mtime: u64, max_size: u64) -> Self {
        let mut template = [0; BLOCK];
        put(&mut template, at::MODE, b"0000444");
        put(&mut template, at::UID, b"0000000");
        put(&mut template, at::GID, b"0000000");
        put(&mut template, at::MTIME, &octal::<11>(mtime.min(MAX_OCTAL)));
        put(&mut template, at::CHECKSUM, b"        ");
        put(&mut template, at::TYPE..at::TYPE + 1, b"0");
        put(&mut template, at::MAGIC, b"ustar\x0000");
        put(&mut template, at::UNAME, b"bigdata");
        put(&mut template, at::GNAME, b"bigdata");
        Self { template, sum: byte_sum(&template), max_size, mtime }
    }

    /// Appends the headers of member `name`; the payload belongs right behind, then [`close`](Self::close).
    pub(crate) fn open(&self, out: &mut Vec<u8>, name: &str) -> Opened {
        let start = out.len();
        let sum = if let Some((prefix, base)) = fit(name) {
            self.push_header(out, prefix, base.as_bytes())
        } else {
            self.push_pax(out, &record("path", name));
            self.push_header(out, "", &stand_in(name))
        };
        Opened { start, header: out.len() - BLOCK, payload: out.len(), sum }
    }

    /// Appends the headers of a member of so many bytes, which are elsewhere.
    #[cfg(feature = "barecat")]
    pub(crate) fn headers(&self, out: &mut Vec<u8>, name: &str, size: u64) {
        let member = self.open(out, name);
        self.state(out, &member, size);
    }

    /// States size and checksum in the header, and pads the payload to whole blocks.
    pub(crate) fn close(&self, out: &mut Vec<u8>, member: &Opened) {
        let size = (out.len() - member.payload) as u64;
        self.state(out, member, size);
        out.resize(out.len().next_multiple_of(BLOCK), 0);
    }

    /// States size and checksum in the header.
    fn state(&self, out: &mut Vec<u8>, member: &Opened, size: u64) {
        let in_header = if size <= self.max_size { size } else { 0 };
        if let Some(header) = header_at(out, member.header) {
            state_size(header, in_header, member.sum);
        }
        if size > self.max_size {
            self.state_size_in_pax(out, member, size);
        }
    }

    /// Rare and slow: the record has to stand in front of the header, so the payload moves.
    fn state_size_in_pax(&self, out: &mut Vec<u8>, member: &Opened, size: u64) {
        // A name that is there already stays: not all readers take two PAX headers for one member.
        let there = out.get(member.start + BLOCK..member.header).unwrap_or_default();
        let mut records = there.iter().copied().take_while(|&byte| byte != 0).collect::<Vec<_>>();
        records.extend(record("size", &size.to_string()));
        let mut pax = Vec::new();
        self.push_pax(&mut pax, &records);
        out.splice(member.start..member.header, pax);
    }

    /// Appends a header that has no size yet, and gives the sum of its bytes.
    fn push_header(&self, out: &mut Vec<u8>, prefix: &str, base: &[u8]) -> u32 {
        let start = out.len();
        out.extend_from_slice(&self.template);
        if let Some(header) = header_at(out, start) {
            put(header, at::NAME, base);
            put(header, at::PREFIX, prefix.as_bytes());
        }
        self.sum + byte_sum(prefix.as_bytes()) + byte_sum(base)
    }

    /// A member of type `x` whose payload are `records`, for the member that follows.
    fn push_pax(&self, out: &mut Vec<u8>, records: &[u8]) {
        let start = out.len();
        let sum = self.push_header(out, "", PAX_NAME.as_bytes()) + u32::from(b'x' - b'0');
        out.extend_from_slice(records);
        out.resize(out.len().next_multiple_of(BLOCK), 0);
        if let Some(header) = header_at(out, start) {
            put(header, at::TYPE..at::TYPE + 1, b"x");
            state_size(header, records.len() as u64, sum);
        }
    }
}

/// Bytes of a whole archive whose members take `members` bytes: the end mark and the padding included.
pub(crate) fn archive_size(members: u64) -> u64 {
    members.saturating_add(2 * BLOCK as u64).checked_next_multiple_of(RECORD).unwrap_or(u64::MAX)
}

/// Appends what ends an archive whose members take `members` bytes.
pub(crate) fn push_end(out: &mut Vec<u8>, members: u64) {
    let zeros = usize::try_from(archive_size(members) - members).unwrap_or(0);
    out.resize(out.len() + zeros, 0);
}

/// The ustar fields (prefix, name) for `name`, if it is ASCII and short enough to fit.
fn fit(name: &str) -> Option<(&str, &str)> {
    if !name.is_ascii() {
        return None;
    }
    if name.len() <= at::NAME.len() {
        return Some(("", name));
    }
    // The first slash that leaves a short enough rest also makes the shortest prefix.
    let from = name.len().checked_sub(at::NAME.len() + 1)?;
    let slash = from + name.get(from..)?.find('/')?;
    let (prefix, base) = (name.get(..slash)?, name.get(slash + 1..)?);
    (!prefix.is_empty() && !base.is_empty() && prefix.len() <= at::PREFIX.len()).then_some((prefix, base))
}

/// What readers without PAX see of a name that does not fit.
fn stand_in(name: &str) -> Vec<u8> {
    name.chars().map(|c| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(b'?')).take(at::NAME.len()).collect()
}

/// `{length} {key}={value}\n`, where the length counts itself.
fn record(key: &str, value: &str) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    format!("{length} {key}={value}\n").into_bytes()
}

fn header_at(out: &mut [u8], start: usize) -> Option<&mut Header> {
    out.get_mut(start..)?.first_chunk_mut()
}

/// `sum` is that of the header with an empty size field.
fn state_size(header: &mut Header, size: u64, sum: u32) {
    let digits = octal::<11>(size);
    put(header, at::SIZE, &digits);
    put(header, at::CHECKSUM, &octal::<6>(u64::from(sum + byte_sum(&digits))));
    put(header, at::CHECKSUM.start + 6..at::CHECKSUM.end, b"\0 ");
}

/// Copies as much of `value` as has room.
fn put(header: &mut Header, field: std::ops::Range<usize>, value: &[u8]) {
    if let Some(field) = header.get_mut(field) {
        field.iter_mut().zip(value).for_each(|(to, from)| *to = *from);
    }
}

/// The last `N` octal digits.
fn octal<const N: usize>(mut value: u64) -> [u8; N] {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (value & 7) as u8;
        value >>= 3;
    }
    digits
}

fn byte_sum(bytes: &[u8]) -> u32 {
    bytes.iter().map(|&byte| u32::from(byte)).sum()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]
    use std::io::Read as _;

    use super::*;

    fn archive(emitter: &Emitter, members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, payload) in members {
            let opened = emitter.open(&mut out, name);
            out.extend_from_slice(payload);
            emitter.close(&mut out, &opened);
        }
        let size = out.len() as u64;
        push_end(&mut out, size);
        out
    }

    fn read_back(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mut tar = tar::Archive::new(archive);
        let entries = tar.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut payload = Vec::new();
            entry.read_to_end(&mut payload).unwrap();
            (String::from_utf8(entry.path_bytes().into_owned()).unwrap(), payload)
        });
        entries.collect()
    }

    #[test]
    fn a_header_has_the_fields_that_python_writes() {
        let out = archive(&Emitter::new(1_700_000_000), &[("a.msgpack", b"hello")]);
        assert_eq!(out.len(), 10_240);
        assert_eq!(&out[..10], b"a.msgpack\0");
        assert_eq!(&out[100..156], b"0000444\x000000000\x000000000\x0000000000005\x0014524770400\x00012417\0 ");
        assert_eq!(&out[156..158], b"0\0");
        assert_eq!(&out[257..275], b"ustar\x0000bigdata\0\0\0");
        assert_eq!(&out[297..345], [b"bigdata".as_slice(), &[0; 41]].concat());
        assert_eq!(&out[512..518], b"hello\0");
    }

    #[test]
    fn names_of_all_lengths_and_scripts_are_read_back() {
        let names = [
            "a".repeat(99),
            "a".repeat(100),
            "a".repeat(101),
            "a".repeat(4000),
            format!("{}/{}", "d".repeat(155), "a".repeat(100)),
            format!("{}/{}", "d".repeat(156), "a".repeat(100)),
            format!("{}/{}", "d".repeat(155), "a".repeat(101)),
            format!("x/{}/{}", "d".repeat(90), "a".repeat(50)),
            "größe/日本語".to_string(),
            "é".repeat(60),
        ];
        let payload: Vec<u8> = (0..=255).cycle().take(1000).collect();
        for length in [0, 1, 511, 512, 513, 1000] {
            let members: Vec<_> = names.iter().map(|name| (name.as_str(), &payload[..length])).collect();
            let read = read_back(&archive(&Emitter::new(0), &members));
            let read: Vec<_> = read.iter().map(|(name, payload)| (name.as_str(), payload.as_slice())).collect();
            assert_eq!(read, members);
        }
    }

    #[test]
    fn names_that_fit_ustar_take_one_block() {
        let split = format!("{}/{}", "d".repeat(150), "a".repeat(100));
        for name in ["a", split.as_str()] {
            let mut out = Vec::new();
            Emitter::new(0).open(&mut out, name);
            assert_eq!(out.len(), BLOCK, "{name}");
        }
    }

    #[test]
    fn sizes_beyond_the_field_go_to_a_pax_record() {
        let emitter = Emitter::with_max_size(0, 700);
        let long = "a".repeat(300);
        let members: &[(&str, &[u8])] = &[("a", &[1; 700]), ("b", &[2; 701]), (&long, &[3; 1024]), ("c", &[4; 1])];
        let read = read_back(&archive(&emitter, members));
        let read: Vec<_> = read.iter().map(|(name, payload)| (name.as_str(), payload.as_slice())).collect();
        assert_eq!(read, members);
    }

    #[test]
    fn a_record_counts_its_own_length() {
        for length in [1, 80, 87, 88, 89, 90, 91, 92, 93, 985, 986, 987, 988, 989, 990] {
            let text = String::from_utf8(record("path", &"x".repeat(length))).unwrap();
            assert_eq!(text.split(' ').next().unwrap().parse(), Ok(text.len()), "{length}");
        }
    }

    #[test]
    fn archives_end_at_whole_records() {
        assert_eq!(archive_size(0), 10_240);
        assert_eq!(archive_size(10_240 - 1024), 10_240);
        assert_eq!(archive_size(10_240 - 512), 20_480);
        assert_eq!(archive_size(u64::MAX), u64::MAX);
    }
}
