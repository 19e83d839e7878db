use super::*;

/// Samples of all sizes about those at which they are read in other ways.
fn sizes() -> impl Iterator<Item = usize> {
    [10, 1 << 14, (1 << 14) - 1, 40_000, 3, CHUNK + 1, 0, 30_000, 30_000, 200].into_iter()
}

fn data(len: usize) -> Vec<u8> {
    (0..len).map(|at| u8::try_from(at * 7 % 253).unwrap()).collect()
}

fn many() -> Vec<u8> {
    let mut parts = Vec::new();
    for (at, size) in sizes().enumerate() {
        parts.push(file(&format!("{at:03}.msgpack"), &data(size)));
        if at % 4 == 1 {
            parts.push(file(&format!("{at:03}.jpg"), &data(size / 2)));
        }
    }
    archive(&parts)
}

#[test]
fn large_samples_are_the_same_in_every_way_to_read_them() {
    let found = samples(&many());
    assert_eq!(found.error, None);
    assert!(found.all.iter().map(|(_, payload, _)| payload.to_vec()).eq(sizes().map(data)));
}

#[test]
fn wherever_a_shard_of_large_samples_is_cut_the_error_is_the_same() {
    let whole = many();
    for cut in [700, 30_000, 120_000, 300_000, whole.len() - 1024] {
        let found = samples(&whole[..cut]);
        assert!(found.error.is_some() || !found.warnings.is_empty(), "{cut}");
    }
}

#[test]
fn links_to_large_files_and_sparse_ones_are_no_ranges_of_the_file() {
    let link = header_with(b"b.msgpack", b'1', 0, |block| block[157..166].copy_from_slice(b"a.msgpack"));
    let map = [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "90000")];
    let mut sparse = b"1\n50000\n40000\n".to_vec();
    sparse.resize(512, 0);
    sparse.extend_from_slice(&data(40_000));
    let bytes = archive(&[
        file("a.msgpack", &data(100_000)),
        link,
        pax(b'x', &map),
        file("c.msgpack", &sparse),
        file("d.msgpack", &data(100_000)),
    ]);
    // A stream cannot be gone back in.
    let read = |mut reader: ShardReader, large| {
        reader.treat_large(large);
        let mut found = Vec::new();
        while reader.begin_next().unwrap() {
            if reader.is_partial() {
                reader.read_all().unwrap();
            }
            found.push(reader.current().unwrap().payload().to_vec());
            assert!(reader.end_begun().unwrap());
        }
        found
    };
    let mut holes = vec![0; 50_000];
    holes.extend_from_slice(&data(40_000));
    for reader in readers(&bytes).into_iter().take(4) {
        let found = read(reader, Large::Begun);
        assert_eq!(found.len(), 4);
        assert!(found == [data(100_000), data(100_000), holes.clone(), data(100_000)]);
    }
}

#[test]
fn a_file_that_shrinks_behind_the_begin_of_a_sample_is_truncated_there() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&archive(
        &(0..9).map(|at| super::file(&format!("{at}.msgpack"), &data(400_000))).collect::<Vec<_>>(),
    ))
    .unwrap();
    let mut reader = ShardReader::open(file.path(), &ReadOptions::new()).unwrap();
    reader.treat_large(Large::Begun);
    while !reader.is_partial() {
        assert!(reader.begin_next().unwrap());
    }
    let placed = reader.placed().unwrap();
    file.as_file().set_len(1_000).unwrap();
    let partial = Partial::new(placed);
    assert!(partial.read(300_000, 10).is_none() && partial.has_refused());
    let error = reader.read_all().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("msgpack is truncated: expected 400000 bytes"), "{error}");
    assert!(!reader.begin_next().unwrap() && reader.is_done());
}
