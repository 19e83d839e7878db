"""Plain WebDataset shards, written and read by the real webdataset: the other side of tests/interop/members.rs and
tests/interop/photographs.rs.

    python members.py write FOLDER COUNT
    python members.py photographs FOLDER COUNT
    python members.py read SHARDS RESPONSE.json
    python members.py record RECORD.json RESPONSE.json

`write` makes FOLDER/photos-000000.tar and the next, and FOLDER/expected.json: {key: sample}, the samples as `read` gives them:
decoded by webdataset, bytes as their SHA-256, arrays as [dtype, shape, elements]. `photographs` does the same with JPEG files that
Pillow makes, classes and JSON captions, and FOLDER/means.json has the mean of what Pillow decodes of each. `record` answers with the names of the fields
of the type that Python makes of a schema record.
"""
import hashlib
import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import numpy as np
import webdataset as wds
from PIL import Image


def photo(number):
    rng = np.random.default_rng(number)
    sample = {
        "__key__": f"{'train' if number % 5 else 'test'}/{number:06}",
        "jpg": b"\xff\xd8\xff\xe0" + rng.bytes(2000 + number % 7),
        "cls": number % 10,
        "json": {"url": f"https://example.com/{number}.jpg", "size": [640, 480], "score": number / 8, "tags": None},
        "emb.npy": rng.random((2, 3), dtype=np.float32),
        "mp": {"box": [1.5, 2.5], "raw": b"\x00\x01"},
        "extra.json.gz": {"caption": "ein Foto, größer"},
    }
    if number % 3:
        sample["txt"] = f"photograph {number}\n"
    return sample


def photograph(number):
    rng = np.random.default_rng(number)
    slope = np.add.outer(np.arange(48), np.arange(64))[..., None] + rng.integers(0, 99, 3)
    pixels = (slope + rng.integers(0, 30, (48, 64, 3))).astype(np.uint8)
    caption = {"caption": f"photograph {number}, größer", "size": [64, 48], "taken": number / 8}
    return {"__key__": f"{number:06}", "jpg": Image.fromarray(pixels), "cls": number % 10, "json": caption}


def plain(value):
    if isinstance(value, bytes):
        return {"$sha256": hashlib.sha256(value).hexdigest()}
    if isinstance(value, np.ndarray):
        return [value.dtype.str, list(value.shape), value.flatten().tolist()]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def read(shards):
    dataset = wds.WebDataset(shards, shardshuffle=False).decode()
    return {sample["__key__"]: {k: plain(v) for k, v in sample.items() if not k.startswith("__")} for sample in dataset}


def write(folder, count, make=photo):
    shards = []
    for begin in range(0, count, 700):
        path = folder / f"photos-{len(shards):06}.tar"
        shards.append(str(path))
        with wds.TarWriter(str(path)) as sink:
            for number in range(begin, min(begin + 700, count)):
                sink.write(make(number))
    (folder / "expected.json").write_text(json.dumps(read(shards)))
    return shards


def record(path):
    from atdata._schema_codec import _schema_to_type

    made = _schema_to_type(json.loads(Path(path).read_text()), use_cache=False)
    return list(made.__dataclass_fields__)


def main():
    command, first, second = sys.argv[1:]
    if command == "write":
        write(Path(first), int(second))
    elif command == "photographs":
        shards = write(Path(first), int(second), photograph)
        decoded = wds.WebDataset(shards, shardshuffle=False).decode("rgb8")
        means = {sample["__key__"]: float(sample["jpg"].mean()) for sample in decoded}
        (Path(first) / "means.json").write_text(json.dumps(means))
    elif command == "read":
        Path(second).write_text(json.dumps(read(first)))
    else:
        Path(second).write_text(json.dumps(record(first)))


main()
