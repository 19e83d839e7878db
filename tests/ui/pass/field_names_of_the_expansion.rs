//! Fields named like locals, parameters, methods and members of the expansion, and like keywords.
#![allow(non_snake_case)]

use atdata::Packable;

#[derive(Packable, Debug, Clone, PartialEq)]
struct Odd {
    __c: i64,
    __p: i64,
    __i: i64,
    __0: i64,
    __1: i64,
    __rows: i64,
    __fields: i64,
    __start: i64,
    __out: i64,
    __value: i64,
    __index: i64,
    __T0: i64,
    __C0: i64,
    __KEYS: i64,
    __Builder: i64,
    self_: i64,
    r#type: i64,
    r#fn: i64,
    len: i64,
    is_empty: i64,
    row: i64,
    rows: i64,
    to_samples: i64,
    from_samples: i64,
    read: i64,
    write: i64,
    data: i64,
    ümlaut: i64,
}

fn main() {
    let odd = Odd {
        __c: 1, __p: 2, __i: 3, __0: 4, __1: 5, __rows: 6, __fields: 7, __start: 8, __out: 9, __value: 10,
        __index: 11, __T0: 12, __C0: 13, __KEYS: 14, __Builder: 15, self_: 16, r#type: 17, r#fn: 18, len: 19,
        is_empty: 20, row: 21, rows: 22, to_samples: 23, from_samples: 24, read: 25, write: 26, data: 27, ümlaut: 28,
    };
    assert_eq!(Odd::unpack(&odd.pack()).unwrap(), odd);
    assert!(Odd::SCHEMA.field("type").is_some() && Odd::SCHEMA.field("ümlaut").is_some());
    let batch = OddBatch::from_samples([odd.clone(), odd.clone()]).unwrap();
    // Fields and methods have separate namespaces.
    assert_eq!((batch.len(), &batch.len[..]), (2, &[19, 19][..]));
    assert_eq!((batch.row(1), &batch.row[..]), (Some(odd.clone()), &[21, 21][..]));
    assert_eq!(batch.rows, [22, 22]);
    assert_eq!(batch.to_samples(), [odd.clone(), odd]);
}
