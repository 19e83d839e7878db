"""Random tar archives, some of them damaged, and what Python's tarfile and webdataset read of each.

    python archives.py FOLDER FROM TO
    python archives.py FOLDER cuts

Makes the archives of these seeds, and FOLDER/expected.json: {name: {"groups": [[key, [[field, SHA-256]]]], "error", "sound"}},
with the groups before the error if there is one; a sound archive is one that nothing was changed in. The same seeds make
the same archives.

`cuts` makes compressed archives that are cut here and there, and FOLDER/expected.json: {name: count}, of the samples whose end
is in what Python decompresses of them, which is where the header of the next one is.
"""
import bz2
import gzip
import hashlib
import io
import itertools
import json
import lzma
import random
import sys
import tarfile
import zlib
from pathlib import Path

import webdataset.tariterators as tariterators
import zstandard

KEYS = ["a", "b", "d/c", "x.y/e", "./f", "ключ", "n" * 90, "deep/" + "m" * 130, "__g", "日本/🎉"]
FIELDS = ["jpg", "txt", "left.png", "JSON", "msgpack", "seg.npy"]
SIZES = [0, 1, 511, 512, 513, 1024] * 4 + [3000, 20_000]


def header(name, size, kind=b"0", link=b"", magic=b"ustar\x0000", extra=None):
    block = bytearray(512)
    block[: len(name)] = name
    block[100:108] = b"0000644\0"
    block[108:124] = b"0000000\0" * 2
    block[124:136] = b"%011o\0" % size
    block[136:148] = b"00000000000\0"
    block[156:157] = kind
    block[157 : 157 + len(link)] = link
    block[257:265] = magic
    for at, value in (extra or {}).items():
        block[at : at + len(value)] = value
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def padded(data):
    return data + bytes(-len(data) % 512)


def member(name, data, kind=b"0", **rest):
    return header(name, len(data), kind, **rest) + padded(data)


def pax(records, kind=b"x"):
    text = b""
    for key, value in records:
        body = b" " + key.encode() + b"=" + value.encode() + b"\n"
        length = len(body)
        while len(str(length)) + len(body) != length:
            length = len(str(length)) + len(body)
        text += str(length).encode() + body
    return member(b"PaxHeaders/x", text, kind)


def map_of(rng):
    """Parts of a sparse file, their data, and its size."""
    at, parts = 0, []
    for _ in range(rng.randint(1, 6)):
        at += rng.randint(0, 3) * 512
        length = rng.choice([1, 5, 512, 700])
        parts.append((at, length))
        at += length
    size = at + rng.choice([0, 100, 2048])
    return parts, b"".join(rng.randbytes(length) for _, length in parts), size


def sparse(rng, name):
    parts, data, size = map_of(rng)
    form = rng.choice(["gnu", "0.0", "0.1", "1.0"])
    if form == "gnu":
        entries = [b"%011o\0%011o\0" % part for part in parts[:4]]
        more = [b"%011o\0%011o\0" % part for part in parts[4:]]
        extra = {386: b"".join(entries), 482: b"\1" if more else b"\0", 483: b"%011o\0" % size}
        blocks = b"".join(more).ljust(504, b"\0") + bytes(8) if more else b""
        short = name.encode() if len(name.encode()) <= 100 else b"short.txt"
        return header(short, len(data), b"S", magic=b"ustar  \0", extra=extra) + blocks + padded(data)
    numbers = [str(number) for part in parts for number in part]
    records = [("GNU.sparse.name", name)]
    if form == "1.0":
        text = "\n".join([str(len(parts)), *numbers, ""]).encode()
        data = padded(text) + data
        records += [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", str(size))]
    elif form == "0.1":
        records += [("GNU.sparse.size", str(size)), ("GNU.sparse.numblocks", str(len(parts))), ("GNU.sparse.map", ",".join(numbers))]
    else:
        records += [("GNU.sparse.size", str(size)), ("GNU.sparse.numblocks", str(len(parts)))]
        for offset, length in parts:
            records += [("GNU.sparse.offset", str(offset)), ("GNU.sparse.numbytes", str(length))]
    return pax(records) + member(b"GNUSparseFile.1/x", data)


def one(rng, name, names):
    raw = name.encode()
    data = rng.randbytes(rng.choice(SIZES))
    short = raw if len(raw) <= 100 and name.isascii() else None
    form = rng.randint(0, 20)
    if form == 0:
        out = member(b"././@LongLink", raw + b"\0", b"L", magic=b"ustar  \0") + member(raw[:100], data, magic=b"ustar  \0")
    elif form == 1:
        out = pax([("path", name), ("SCHILY.xattr.user.x", "y" * rng.choice([1, 500, 70_000]))]) + member(b"cut", data)
    elif form == 2 and names:
        target = rng.choice(names)
        out = pax([("linkpath", target), ("path", name)]) + header(b"cut", 0, b"1", b"x")
    elif form == 3:
        out = sparse(rng, name)
    elif form == 4:
        out = pax([("comment", "of all")], b"g") + pax([("path", name)]) + member(b"cut", data)
    elif form == 5:
        claim = b"\x80" + len(data).to_bytes(11, "big")
        out = pax([("path", name)]) + header(b"cut", 0, extra={124: claim}) + padded(data)
    elif form == 6:
        out = pax([("path", name), ("size", str(len(data)))]) + header(b"cut", 0) + padded(data)
    elif form == 7:
        kinds = [(b"folder/", b"5"), (b"link.txt", b"2"), (b"pipe.txt", b"6"), (b"tty.txt", b"3"), (b"disk.txt", b"4"), (b"", b"0")]
        out = b"".join(header(other, 0, kind, b"a.txt") for other, kind in rng.sample(kinds, 3))
        name = None
    elif form == 8 and "/" in name and short:
        folder, last = raw.rsplit(b"/", 1)
        out = member(last, data, extra={345: folder})
    elif form == 9 and short:
        out = member(raw, data, rng.choice([b"0", b"\0", b"7"]))
    elif form == 10 and short and len(raw) < 95:
        out = member(raw + b"\0left", data)
    elif form == 11 and short:
        # Before 1970, and an owner beyond what octal digits say.
        out = member(raw, data, extra={108: b"\x80\0\0\0\0\1\0\0", 136: b"\xff" * 11 + b"\xf0"})
    elif form == 16:
        # As if it were a folder, of which one stands beside it.
        out = pax([("path", name + "/" * rng.randint(1, 2))]) + member(b"cut", data, rng.choice([b"0", b"\0", b"7"]))
        out += pax([("path", "folder.txt/")]) + header(b"cut", 0, b"5")
    elif form == 17:
        link = member(b"././@LongLink", b"of/no/link" + bytes(rng.choice([0, 1, 700])), b"K", magic=b"ustar  \0")
        name_of = member(b"././@LongLink", raw + bytes(rng.choice([0, 1, 700])), b"L", magic=b"ustar  \0")
        out = link + name_of + member(b"cut", data, magic=b"ustar  \0")
    elif form == 18:
        size = rng.choice([b" %o" % len(data), b"%11o " % len(data), b"%012o" % len(data), b"%o\0left" % len(data)])
        out = pax([("path", name)]) + header(b"cut", 0, extra={124: size.ljust(12, b"\0")}) + padded(data)
    elif form == 19:
        # What other programs have for kinds of their own, and what passes for one. It is no file, but Python reads it as one
        # where a link leads to it: so none does.
        kind = rng.choice([b"Z", b"D", b"M", b"N", b" ", b"A"])
        out = pax([("path", name + ".other")]) + member(b"cut", data, kind, magic=b"ustar  \0")
        name = None
    elif form == 20 and short and len(raw) < 90:
        # The oldest form, and a checksum of seven digits.
        block = bytearray(header(raw, len(data), rng.choice([b"0", b"\0"]), magic=bytes(8)))
        block[148:156] = b"%07o\0" % sum(block[:148] + b" " * 8 + block[156:])
        out = bytes(block) + padded(data)
    elif short:
        out = member(raw, data)
    else:
        out = pax([("path", name)]) + member(b"cut", data)
    if name:
        names.append(name)
    return out


def archive(rng):
    """Members of a few groups, which come one after the other as writers have it, and at times again."""
    parts, names = [], []
    keys = [rng.choice(KEYS) + str(number) for number in range(rng.randint(1, 6))]
    for key in keys:
        fields = rng.sample(FIELDS, rng.randint(1, 3))
        # Twice is an error, which ends the reading.
        fields += fields[:1] if rng.random() < 0.03 else []
        parts += [one(rng, f"{key}.{field}", names) for field in fields]
    return b"".join(parts) + bytes(1024) + bytes(rng.choice([0, 512, 4096]))


def damaged(rng, raw):
    """A sound archive more often than not; else one with a few bytes changed, cut, or zeroed."""
    kind, raw = rng.randint(0, 9), bytearray(raw)
    at = rng.randrange(len(raw))
    if kind == 0:
        for _ in range(rng.randint(1, 3)):
            raw[rng.randrange(len(raw))] ^= 1 << rng.randint(0, 7)
    elif kind == 1:
        del raw[at:]
    elif kind == 2:
        at -= at % 512
        raw[at : at + 512] = bytes(512)
    return bytes(raw)


def compressed(rng, raw):
    kind = rng.randint(0, 7)
    if kind == 0:
        return "t.tar.gz", streams(rng, raw, lambda part: gzip.compress(part, 1, mtime=0)) + bytes(rng.choice([0, 5, 512]))
    if kind == 1:
        return "t.tar.bz2", streams(rng, raw, lambda part: bz2.compress(part, 1)) + bytes(rng.choice([0, 5]))
    if kind == 2:
        return "t.tar.xz", streams(rng, raw, lambda part: lzma.compress(part, preset=0))
    return "t.tar", raw


def streams(rng, raw, compress):
    """As one stream, or as some behind one another, of which some may be empty."""
    cuts = sorted(rng.randint(0, len(raw)) for _ in range(rng.choice([0, 0, 1, 2])))
    return b"".join(compress(raw[begin:end]) for begin, end in zip([0, *cuts], [*cuts, len(raw)]))


def members(stream, errors):
    """As webdataset's tar_file_iterator, which follows no hard links, though tarfile can."""
    try:
        with tarfile.open(fileobj=stream, mode="r:*") as archive:
            for info in archive:
                name = info.name
                hidden = "/" not in name and name.startswith("__") and name.endswith("__")
                if not (info.isreg() or info.islnk()) or hidden:
                    continue
                try:
                    data = archive.extractfile(info).read()
                except KeyError:
                    continue
                yield {"fname": name, "data": data, "__url__": ""}
    except Exception as error:
        errors.append(f"{type(error).__name__}: {error}")


def told(name):
    """A name as text that JSON has, also where damage has made it none."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def groups(raw):
    found, errors = [], []
    try:
        for group in tariterators.group_by_keys(members(io.BytesIO(raw), errors)):
            fields = [[told(name), hashlib.sha256(data).hexdigest()] for name, data in group.items() if not name.startswith("__")]
            found.append([told(group["__key__"]), fields])
    except Exception as error:
        errors.append(f"{type(error).__name__}: {error}")
    return {"groups": found, "error": errors[0] if errors else None}


def main(folder, begin, end):
    folder = Path(folder)
    expected = {}
    for seed in range(int(begin), int(end)):
        rng = random.Random(seed)
        sound = archive(rng)
        raw = damaged(rng, sound)
        name, stored = compressed(rng, raw)
        name = f"{seed:05}-{name}"
        (folder / name).write_bytes(stored)
        expected[name] = {**groups(stored), "sound": raw == sound}
    (folder / "expected.json").write_text(json.dumps(expected), encoding="utf-8")


def cuts(folder):
    rng = random.Random(0)
    words = [rng.randbytes(rng.randint(3, 9)) for _ in range(500)]
    texts = [b" ".join(rng.choices(words, k=rng.randint(1, 300))) for _ in range(2000)]
    parts = [member(b"%06d.txt" % number, text) for number, text in enumerate(texts)]
    raw = b"".join(parts) + bytes(1024)
    ends = list(itertools.accumulate(map(len, parts)))
    forms = {
        "gz": (gzip.compress, lambda: zlib.decompressobj(wbits=31)),
        "bz2": (lambda data: bz2.compress(data, 1), bz2.BZ2Decompressor),
        "xz": (lzma.compress, lzma.LZMADecompressor),
        "zst": (zstandard.ZstdCompressor().compress, lambda: zstandard.ZstdDecompressor().decompressobj()),
    }
    expected = {}
    for suffix, (compress, decoder) in forms.items():
        stored = compress(raw)
        for number in range(12):
            cut = stored[: rng.randrange(20, len(stored))]
            name = f"{number}.tar.{suffix}"
            (folder / name).write_bytes(cut)
            there = len(decoder().decompress(cut))
            expected[name] = sum(end + 512 <= there for end in ends[:-1])
    (folder / "expected.json").write_text(json.dumps(expected), encoding="utf-8")


if sys.argv[2] == "cuts":
    cuts(Path(sys.argv[1]))
else:
    main(*sys.argv[1:])
