//! Forty fields, long names, and texts with quotes.

use atdata::Packable;

/// Says "hello", 'hi' and `{braces}` \\ with a backslash.
#[derive(Packable, Debug, Clone, PartialEq)]
struct Wide {
    field_00: i64,
    field_01: i64,
    field_02: i64,
    field_03: i64,
    field_04: i64,
    field_05: i64,
    field_06: i64,
    field_07: i64,
    field_08: i64,
    field_09: i64,
    field_10: i64,
    field_11: i64,
    field_12: i64,
    field_13: i64,
    field_14: i64,
    field_15: i64,
    field_16: i64,
    field_17: i64,
    field_18: i64,
    field_19: i64,
    field_20: i64,
    field_21: i64,
    field_22: i64,
    field_23: i64,
    field_24: i64,
    field_25: i64,
    field_26: i64,
    field_27: i64,
    field_28: i64,
    field_29: i64,
    field_30: i64,
    field_31: i64,
    field_32: i64,
    field_33: i64,
    field_34: i64,
    field_35: i64,
    field_36: i64,
    field_37: i64,
    field_38: i64,
    field_39: i64,
    /// "Quoted" {field}.
    a_field_whose_name_is_longer_than_thirty_one_bytes: String,
    #[packable(rename = "with \"quotes\" and {braces}")]
    quoted: i64,
}

fn main() {
    let wide = Wide {
        field_00: 0,
        field_01: 1,
        field_02: 2,
        field_03: 3,
        field_04: 4,
        field_05: 5,
        field_06: 6,
        field_07: 7,
        field_08: 8,
        field_09: 9,
        field_10: 10,
        field_11: 11,
        field_12: 12,
        field_13: 13,
        field_14: 14,
        field_15: 15,
        field_16: 16,
        field_17: 17,
        field_18: 18,
        field_19: 19,
        field_20: 20,
        field_21: 21,
        field_22: 22,
        field_23: 23,
        field_24: 24,
        field_25: 25,
        field_26: 26,
        field_27: 27,
        field_28: 28,
        field_29: 29,
        field_30: 30,
        field_31: 31,
        field_32: 32,
        field_33: 33,
        field_34: 34,
        field_35: 35,
        field_36: 36,
        field_37: 37,
        field_38: 38,
        field_39: 39,
        a_field_whose_name_is_longer_than_thirty_one_bytes: "long".into(),
        quoted: 41,
    };
    assert_eq!(Wide::unpack(&wide.pack()).unwrap(), wide);
    assert_eq!(Wide::SCHEMA.fields.len(), 42);
    assert_eq!(
        Wide::SCHEMA.description,
        Some("Says \"hello\", 'hi' and `{braces}` \\\\ with a backslash.")
    );
    assert_eq!(WideBatch::from_samples([wide.clone(), wide.clone()]).unwrap().row(1), Some(wide));
}
