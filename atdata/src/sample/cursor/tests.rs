#![allow(clippy::unwrap_used)]
use super::*;

#[test]
fn integers_are_read_in_every_form() {
    for (bytes, value) in [
        (&b"\x00"[..], 0_i64),
        (b"\x7f", 127),
        (b"\xe0", -32),
        (b"\xff", -1),
        (b"\xcc\xff", 255),
        (b"\xcd\x01\x00", 256),
        (b"\xce\x00\x01\x00\x00", 65536),
        (b"\xd0\x80", -128),
        (b"\xd1\xff\x7f", -129),
        (b"\xd2\xff\xff\x7f\xff", -32769),
        (b"\xd3\x00\x00\x00\x00\x00\x00\x00\x01", 1),
    ] {
        assert_eq!(Cursor::new(bytes).read_i64().unwrap(), value, "{bytes:02x?}");
    }
}

#[test]
fn an_integer_out_of_range_is_named() {
    let error = Cursor::new(b"\xff").read_u64().unwrap_err();
    assert_eq!(error.to_string(), "the value -1 does not fit u64");
    let error = Cursor::new(b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff").read_i64().unwrap_err();
    assert_eq!(error.to_string(), "the value 18446744073709551615 does not fit i64");
}

#[test]
fn a_float_field_takes_integers_and_single_floats() {
    assert!((Cursor::new(b"\x01").read_f64().unwrap() - 1.0).abs() < f64::EPSILON);
    assert!((Cursor::new(b"\xca\x3f\xc0\x00\x00").read_f64().unwrap() - 1.5).abs() < f64::EPSILON);
    assert_eq!(Cursor::new(b"\xa1x").read_f64().unwrap_err().to_string(), "expected a float, found a string");
}

#[test]
fn lengths_are_not_believed() {
    for bytes in [&b"\xdb\xff\xff\xff\xffx"[..], b"\xc6\xff\xff\xff\xffx", b"\xa5abc", b"\xd9", b"\xc4"] {
        let mut cursor = Cursor::new(bytes);
        assert_eq!(cursor.skip().unwrap_err().kind(), ErrorKind::Corrupt, "{bytes:02x?}");
    }
    let error = Cursor::new(b"\xdf\xff\xff\xff\xff").skip().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

#[test]
fn headers_inside_headers_reserve_little() {
    let bytes = b"\xdc\xff\xff".repeat(2000);
    let mut cursor = Cursor::new(&bytes);
    let mut reserved = 0;
    for depth in 0..MAX_DEPTH {
        cursor.depth = depth;
        let len = cursor.read_list_len().unwrap();
        reserved += cursor.trusted_len::<[u8; 64]>(len) * 64;
    }
    assert!(reserved < 1 << 20, "{reserved} bytes for {}", bytes.len());
}

#[test]
fn keys_must_be_strings() {
    let error = Cursor::new(b"\x01").read_key().unwrap_err();
    assert_eq!(error.to_string(), "map keys must be strings, found an integer");
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

#[test]
fn extension_values_and_the_reserved_byte_are_refused() {
    assert_eq!(Cursor::new(b"\xd6\xff\0\0\0\0").skip().unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(Cursor::new(b"\xc1").skip().unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(Cursor::new(b"\x81\x01\x01").skip().unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(Cursor::new(b"\xc1").read_str().unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn bytes_are_shared_with_their_owner() {
    let owner = Bytes::from_static(b"\xc4\x03abc");
    let shared = Cursor::shared(&owner).read_shared().unwrap();
    assert_eq!(shared.as_ptr(), owner.slice(2..).as_ptr());
}
