"""The other side of tests/interop/manifests.rs: asks manifests of Rust with Python atdata, and writes some of its own.

    python manifests.py query REQUEST.json RESPONSE.json
    python manifests.py write FOLDER
    python manifests.py record RECORD.json RESPONSE.json

A request names shards with manifests beside them: {"url"}. The response has of each manifest what Python reads of it, and what
Dataset.query finds in all of them by each of the predicates here. `write` makes the shards and manifests `one.tar` and
`many-%06d.tar`, three samples in each. `record` reads an entry of the network, and writes it again.
"""
import json
import math
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "fixtures"))
sys.dont_write_bytecode = True
warnings.filterwarnings("ignore")

import atdata
import fixture_types as ft
import numpy as np
from atdata.atmosphere import LexDatasetEntry
from atdata.manifest import F, ShardManifest


def sample(i):
    return ft.ManifestSample(
        image=np.full((2, 2), i, dtype="u1"),
        label=["cat", "dog", "bïrd"][i % 3],
        confidence=i / 10,
        tags=[["day"], ["night", "rain"], []][i % 3],
        count=i * 10,
        flag=i % 2 == 0,
        note=None if i % 4 else f"note {i}",
        hidden="h",
        raw=b"r",
    )


QUERIES = {
    "count > 30": F.count > 30,
    "label == 'cat'": F.label == "cat",
    "label != 'cat'": F.label != "cat",
    "confidence between": F.confidence.between(0.2, 0.5),
    "label in, count": F.label.isin(["dog", "bïrd"]) & (F.count <= 40),
    "not flag": ~(F.flag == True),
    "count outside": (F.count < 10) | (F.count >= 60),
    "note ==": F.note == "note 4",
    "note !=": F.note != "note 4",
}


def plain(value):
    if hasattr(value, "tolist"):
        value = value.tolist()
    if value is None or isinstance(value, float) and math.isnan(value):
        return None
    return value


def query(request):
    dataset = atdata.Dataset[ft.ManifestSample](request["url"])
    manifests = {}
    for shard in dataset.list_shards():
        base = shard.removesuffix(".tar")
        read = ShardManifest.from_files(f"{base}.manifest.json", f"{base}.manifest.parquet")
        header = read.header_dict()
        rows = [{name: plain(value) for name, value in row.items()} for row in read.samples.to_dict("records")]
        types = {name: str(dtype) for name, dtype in read.samples.dtypes.items()}
        manifests[Path(base).name] = {"header": header, "rows": rows, "types": types}
    hits = {name: [[hit.shard, hit.key, hit.offset] for hit in dataset.query(where=where)] for name, where in QUERIES.items()}
    return {"manifests": manifests, "hits": hits}


def write(folder):
    atdata.write_samples([sample(i) for i in range(8)], folder / "one.tar", manifest=True)
    atdata.write_samples([sample(i) for i in range(8)], folder / "many.tar", manifest=True, maxcount=3)


if __name__ == "__main__":
    if sys.argv[1] == "query":
        answer = query(json.loads(Path(sys.argv[2]).read_text()))
        Path(sys.argv[3]).write_text(json.dumps(answer))
    elif sys.argv[1] == "record":
        entry = LexDatasetEntry.from_record(json.loads(Path(sys.argv[2]).read_text()))
        Path(sys.argv[3]).write_text(json.dumps(entry.to_record()))
    else:
        write(Path(sys.argv[2]))
