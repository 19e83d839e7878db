//! Codecs of one's own by extension, and what is said where a dot in a key misleads.

use atdata::field::{MemberCodec, MemberCodecs, StandardCodecs, Wanted};
use atdata::{Dataset, DictSample, Error, ErrorKind, Group, Packable, Result, Value};
use bytes::Bytes;

/// Numbers of one byte each, which are written one higher.
#[derive(Debug)]
struct OneUp;

impl MemberCodec for OneUp {
    fn decode(&self, content: &Bytes, wanted: Wanted<'_>) -> Result<Value> {
        if content.is_empty() {
            return Err(Error::new(ErrorKind::Corrupt, format!("nothing in {}", wanted.name())));
        }
        Ok(content.iter().map(|byte| i64::from(*byte) - 1).collect())
    }

    fn encode(&self, value: &Value, _: Wanted<'_>) -> Result<Bytes> {
        let numbers = value.as_list().unwrap_or_default().iter().filter_map(Value::as_i64);
        Ok(numbers.map(|number| u8::try_from(number + 1).unwrap()).collect())
    }
}

struct Own;

impl MemberCodecs for Own {
    fn of(extension: &str) -> Option<&'static dyn MemberCodec> {
        // One that the library knows, too.
        matches!(extension, "up" | "id").then_some(&OneUp)
    }
}

#[derive(Packable, Debug, PartialEq)]
#[packable(layout = "members", codecs = Own)]
struct Row {
    up: Vec<i64>,
    #[packable(member = "left.up.gz")]
    left: Vec<u16>,
    id: Vec<i64>,
    cls: i64,
    bin: Bytes,
}

fn row() -> Row {
    Row { up: vec![1, 2], left: vec![7], id: vec![0], cls: 3, bin: Bytes::from_static(b"\x01") }
}

#[test]
fn a_set_of_codecs_reads_and_writes_the_members_of_its_extensions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.tar");
    Dataset::write(&path, [row()]).unwrap();
    assert_eq!(Dataset::<Row>::open(&path).unwrap().head(1).unwrap(), [row()]);
    let group = Dataset::<Group>::open(&path).unwrap().head(1).unwrap().remove(0);
    assert_eq!((group.get("up").unwrap(), group.get("id").unwrap()), (&"\x02\x03".into(), &"\x01".into()));
    assert!(group.get("left.up.gz").unwrap().starts_with(b"\x1f\x8b"));
    assert_eq!(group.value_by::<Own>("left.up.gz").unwrap(), Value::from_iter([7]));
    let sample: DictSample = group.to_dict_by::<Own>().unwrap();
    assert_eq!((&sample["up"], &sample["id"]), (&Value::from_iter([1, 2]), &Value::from_iter([0])));
    assert_eq!((&sample["cls"], &sample["bin"]), (&Value::Int(3), &vec![1_u8].into()));
    assert_eq!(Group::of_dict_by::<Own>(group.key(), &sample).unwrap().fields[0], group.fields[0]);
    assert_eq!(group.to_dict_by::<StandardCodecs>().unwrap(), group.to_dict().unwrap());
    assert_eq!(group.to_dict().unwrap()["up"], vec![2_u8, 3].into());
}

#[test]
fn what_a_codec_of_a_set_says_names_member_and_field() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.tar");
    let members = [("up", &b""[..]), ("left.up", b"a"), ("id", b"a"), ("cls", b"3"), ("bin", b"")];
    Dataset::write(&path, [Group::new("a", members)]).unwrap();
    let error = Dataset::<Row>::open(&path).unwrap().head(1).unwrap_err();
    assert!(
        error.to_string().ends_with(
            "expected a member `left.up.gz`, found `up`, `left.up`, `id`, `cls`, `bin`; \
        `#[packable(member = \"left.up.gz|left.up\")]` on the field reads that as well"
        ),
        "{error}"
    );
    let group = Dataset::<Group>::open(&path).unwrap().head(1).unwrap().remove(0);
    let error = group.to_dict_by::<Own>().unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Corrupt, "@ 0: key a: [\"up\"]: nothing in up"));
}

#[cfg(feature = "records")]
#[test]
fn records_note_who_reads_the_members() {
    #[derive(Packable)]
    #[packable(layout = "members", codecs = Own, allow_unknown)]
    struct Noted {
        #[packable(member = "csv|txt", codec = self::OneUp)]
        points: Vec<i64>,
    }
    let schema = Noted::schema_record().schema;
    let layout = schema.layout.as_ref().unwrap();
    assert_eq!((layout.codecs.as_deref(), layout.allow_unknown), (Some("Own"), true));
    assert_eq!(schema.fields[0].codec.as_deref(), Some("OneUp"));
    assert!(!Row::schema_record().schema.layout.unwrap().allow_unknown);
}

#[test]
fn a_dot_in_a_key_is_suspected() {
    const DOTTED: &str = "perhaps the key has a dot: a key ends at the first dot of its file name";
    #[derive(Packable, Debug)]
    #[packable(layout = "members")]
    struct Photo {
        jpg: Bytes,
        cls: Option<i64>,
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dots.tar");
    let error = |group: Group| {
        Dataset::write(&path, [group]).unwrap();
        Dataset::<Photo>::open(&path).unwrap().head(1).unwrap_err().to_string()
    };
    let missing = error(Group::new("img", [("v1.jpg", "x"), ("v1.cls", "3")]));
    assert!(
        missing.contains("expected a member `jpg`, found `v1.jpg`, `v1.cls`; ") && missing.contains(DOTTED),
        "{missing}"
    );
    let unknown = error(Group::new("img", [("jpg", "x"), ("v2.cls", "3")]));
    assert!(unknown.contains("found a member `v2.cls` that no field takes") && unknown.contains(DOTTED), "{unknown}");
    let other = error(Group::new("img", [("webm", "x")]));
    assert!(!other.contains("perhaps"), "{other}");
    let group = Group::new("img", [("v1.jpg", "x")]);
    assert!(group.member("jpg").unwrap_err().to_string().contains(DOTTED));
    assert!(group.member("jpeg").unwrap_err().to_string().ends_with("the sample has `v1.jpg`"));
}
