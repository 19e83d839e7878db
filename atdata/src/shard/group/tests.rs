#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use crate::archive::Reason;

/// An archive of another format: a list of names and contents, of which some cannot be read.
struct List {
    members: Vec<(&'static str, Option<&'static [u8]>)>,
    next: usize,
    held: Option<Bytes>,
    passed: PassedOver,
}

impl List {
    fn new(members: &[(&'static str, Option<&'static [u8]>)]) -> Self {
        Self { members: members.to_vec(), next: 0, held: None, passed: PassedOver::default() }
    }

    fn content(&self) -> Result<Bytes, Fault> {
        let (name, content) = self.members[self.next - 1];
        content.map(Bytes::from_static).ok_or_else(|| Fault::Member(Error::new(ErrorKind::Corrupt, name)))
    }
}

impl Members for List {
    fn next_member(&mut self) -> Result<bool> {
        self.next += 1;
        Ok(self.next <= self.members.len())
    }

    fn name(&self) -> &[u8] {
        self.members[self.next - 1].0.as_bytes()
    }

    fn offset(&self) -> u64 {
        self.next as u64 - 1
    }

    fn fault(&mut self) -> Option<Error> {
        None
    }

    fn is_empty(&mut self) -> Result<bool, Fault> {
        self.content().map(|content| content.is_empty())
    }

    fn peek(&mut self, len: u64) -> Result<Option<&[u8]>> {
        let content = self.members[self.next - 1].1;
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        Ok(content.map(|content| &content[..content.len().min(len)]))
    }

    fn bytes(&mut self) -> Result<Bytes, Fault> {
        self.content()
    }

    fn hold(&mut self) -> Result<(), Fault> {
        self.held = Some(self.content()?);
        Ok(())
    }

    fn held(&self) -> (&[u8], Option<&Bytes>) {
        (self.held.as_deref().unwrap_or_default(), self.held.as_ref())
    }

    fn release(&mut self) {
        self.held = None;
    }

    fn pass_over(&mut self, reason: Reason) {
        let (name, offset) = (self.name().to_vec(), self.offset());
        self.passed.add(reason, &name, offset);
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }

    fn warnings(&self) -> &[Warning] {
        &[]
    }

    fn passed(&self) -> &PassedOver {
        &self.passed
    }
}

/// An archive of empty members, which take next to no room in one that is compressed.
struct Empty<'n> {
    name: &'n dyn Fn(usize) -> String,
    count: usize,
    next: usize,
    current: String,
    passed: PassedOver,
}

impl Members for Empty<'_> {
    fn next_member(&mut self) -> Result<bool> {
        self.next += 1;
        self.current = (self.name)(self.next);
        Ok(self.next <= self.count)
    }

    fn name(&self) -> &[u8] {
        self.current.as_bytes()
    }

    fn offset(&self) -> u64 {
        self.next as u64
    }

    fn fault(&mut self) -> Option<Error> {
        None
    }

    fn is_empty(&mut self) -> Result<bool, Fault> {
        Ok(true)
    }

    fn peek(&mut self, _: u64) -> Result<Option<&[u8]>> {
        Ok(None)
    }

    fn bytes(&mut self) -> Result<Bytes, Fault> {
        Ok(Bytes::new())
    }

    fn hold(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    fn held(&self) -> (&[u8], Option<&Bytes>) {
        (&[], None)
    }

    fn release(&mut self) {}

    fn pass_over(&mut self, _: Reason) {}

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }

    fn warnings(&self) -> &[Warning] {
        &[]
    }

    fn passed(&self) -> &PassedOver {
        &self.passed
    }
}

/// The key, or the error, of the first group and of that behind it.
fn first_two(count: usize, name: &dyn Fn(usize) -> String, by_sample: bool) -> [String; 2] {
    let members = Empty { name, count, next: 0, current: String::new(), passed: PassedOver::default() };
    let mut groups = Groups::new(members);
    [(); 2].map(|()| {
        let next = if by_sample {
            groups.next_sample().map(|found| found.map(drop))
        } else {
            groups.next_group(|_| true).map(|group| group.map(drop))
        };
        match next {
            Ok(Some(())) => groups.key().to_owned(),
            Ok(None) => "the end".to_owned(),
            Err(error) => format!("{:?}: {error}", error.kind()),
        }
    })
}

#[test]
fn a_sample_has_so_many_members_and_no_more() {
    let named = |most: usize| {
        move |at: usize| match at {
            1 => "a.msgpack".to_owned(),
            at if at <= most => format!("a.{at}"),
            _ => "b.msgpack".to_owned(),
        }
    };
    for by_sample in [true, false] {
        let most = MOST_MEMBERS + 1;
        assert_eq!(first_two(most + 1, &named(most), by_sample), ["a", "b"]);
        let [first, second] = first_two(most + 2, &named(most + 1), by_sample);
        assert!(first.starts_with("Unsupported: @ 262146: key a: expected at most 262144 members"), "{first}");
        assert_eq!(second, "b");
        let long = |at: usize| match at {
            1 => "a.msgpack".to_owned(),
            40 => "b.msgpack".to_owned(),
            at => format!("a.{at}{}", "x".repeat(1 << 19)),
        };
        let [first, second] = first_two(40, &long, by_sample);
        assert!(first.contains("key a: expected") && first.contains("names of at most 16 MiB"), "{first}");
        assert_eq!(second, "b");
    }
}

#[test]
fn samples_are_grouped_out_of_any_archive() {
    let mut groups = Groups::new(List::new(&[
        ("a.txt", Some(b"1")),
        ("a.msgpack", Some(b"first")),
        ("readme", Some(b"")),
        ("b.msgpack", None),
        ("b.txt", Some(b"")),
        ("c.msgpack", Some(b"third")),
        ("c.__bad__", Some(b"")),
    ]));
    let found = groups.next_sample().unwrap().unwrap();
    assert_eq!((groups.key(), groups.held().0, found.offset), ("a", &b"first"[..], 1));
    let error = groups.next_sample().unwrap_err();
    assert_eq!((error.to_string().as_str(), groups.can_go_on()), ("@ 3: key b: b.msgpack", true));
    assert!(groups.next_sample().unwrap().is_some());
    assert_eq!((groups.key(), groups.held().0), ("c", &b"third"[..]));
    assert!(groups.next_sample().unwrap().is_none());
    assert_eq!(groups.passed().count(), 1);
}
