"""The other side of tests/interop/main.rs: reads with Python atdata what Rust wrote, and writes what Rust reads.

    python interop.py read REQUEST.json RESPONSE.json
    python interop.py write FOLDER
    python interop.py own RECORDS.json RESPONSE.json
    python interop.py change REQUEST.json
    python interop.py formats REQUEST.json RESPONSE.json
    python interop.py lenses REQUEST.json RESPONSE.json
    python interop.py load REQUEST.json RESPONSE.json

A request names the datasets: {case: {"type", "url"}}. The response, and FOLDER/expected.json, have their keys and values
in the JSON encoding that tests/fixtures/README.md describes. `own` gets, for each case, a shard with the schema record of a type that
Rust has and Python makes of the record; it answers with the samples, as they are read and as they are written again. `change`
gets one such shard and record, fields to set in all samples, and where they go: {"url", "record", "to", "set"}. `formats`
gets one such shard, with fields of the kinds structured, sparse, arrow_tensor, safetensors and dataframe.

A request of lenses has records, each with the name of the view's type and one of its fields, which "Bob" is put into:
{case: {"record", "view_type", "changed"}}. The source is a fixture_types.FullPerson.

`load` gets paths for load_dataset, and answers each with its splits and their shards: {path: [[split, [shard]]]}.
"""
import contextlib
import hashlib
import io
import json
import struct
import sys
import tempfile
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "fixtures"))
sys.dont_write_bytecode = True
warnings.filterwarnings("ignore")

import atdata
import fixture_types as ft
import numpy as np
import webdataset as wds
from atdata import DictSample
from atdata._schema_codec import _schema_to_type
from atdata.dataset import _ShardListStage, _StreamOpenerStage

NUMERIC = ["|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16"]


def encode(x):
    if x is None or isinstance(x, (bool, str)):
        return x
    if isinstance(x, int):
        return x if abs(x) < 2**53 else {"$int": str(x)}
    if isinstance(x, float):
        return {"$float": repr(x), "bits": struct.pack(">d", x).hex()}
    if isinstance(x, np.ndarray):
        data = x.astype(x.dtype.newbyteorder("<")).tobytes()
        digest = hashlib.sha256(data).hexdigest()
        return {"$ndarray": {"dtype": x.dtype.str, "shape": list(x.shape), "size": x.size, "sha256": digest}}
    if isinstance(x, bytes):
        if len(x) <= 256:
            return {"$bytes": x.hex()}
        return {"$bytes_len": len(x), "sha256": hashlib.sha256(x).hexdigest(), "head": x[:32].hex()}
    if isinstance(x, list):
        return [encode(v) for v in x]
    if isinstance(x, dict):
        return {"$dict": [[encode(k), encode(v)] for k, v in x.items()]}
    raise TypeError(type(x))


def encode_sample(sample):
    fields = sample.items() if isinstance(sample, DictSample) else vars(sample).items()
    return {"type": type(sample).__name__, "fields": [[k, encode(v)] for k, v in fields]}


def keys(url):
    """Keys of the raw groups, as atdata's own reader has them; its typed samples have none."""
    source = atdata.URLSource(url)
    expand, group = wds.tariterators.tar_file_expander, wds.tariterators.group_by_keys
    return [raw["__key__"] for raw in wds.pipeline.DataPipeline(_ShardListStage(source), _StreamOpenerStage(source), expand, group)]


def describe(sample_type, url):
    name = sample_type.__name__
    samples = [encode_sample(sample) for sample in atdata.Dataset[sample_type](url).ordered()]
    return {"type": name, "url": url, "samples": list(zip(keys(url), samples, strict=True))}


def type_named(name):
    return DictSample if name == "DictSample" else getattr(ft, name)


def read(request, response):
    cases = json.loads(Path(request).read_text(encoding="utf-8"))
    read = {case: describe(type_named(asked["type"]), asked["url"])["samples"] for case, asked in cases.items()}
    Path(response).write_text(json.dumps(read, allow_nan=False), encoding="utf-8")


def arrays():
    rng = np.random.default_rng(7)
    for dtype in NUMERIC:
        for order in "<>":
            spelled = np.dtype(dtype).newbyteorder(order)
            for shape in [(), (0,), (5,), (2, 3), (2, 0, 3), (2, 2, 2)]:
                values = rng.integers(0, 2 if dtype == "|b1" else 100, shape).astype(spelled)
                yield ft.Arr(name=f"{spelled.str} {shape}", a=values)
    grid = np.arange(24, dtype="<i4").reshape(2, 3, 4)
    yield ft.Arr(name="fortran", a=np.asfortranarray(grid))
    yield ft.Arr(name="strided", a=grid[:, ::2, ::-1])
    yield ft.Arr(name="specials", a=np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324]))
    yield ft.Arr(name="dates", a=np.array(["2020-01-01", "NaT"], dtype="M8[ns]"))
    yield ft.Arr(name="text", a=np.array(["ab", "日本"]))


def values():
    """Samples for each case, and the file that they go to."""
    strings = ["", "a" * 31, "a" * 32, "ü" * 200, "x" * 70_000, "日本🎉", "a\0b\n"]
    ints = [0, 1, -1, 127, 128, -32, -33, 255, 256, -128, -129, 65535, 65536, 2**31, -(2**31), 2**63 - 1, -(2**63)]
    yield "prims", "prims.tar", [
        ft.Prims(s=s, i=i, f=i / 3, b=i % 2 == 0, y=s.encode()) for i, s in zip(ints, strings * 3)
    ]
    yield "lists", "lists.tar", [
        ft.Lists(ls=strings[:n], li=list(range(n)), lf=[0.5] * n, lb=[True] * n, ly=[b"\xff"] * n, llf=[[1.0]] * n)
        for n in [0, 1, 3, 15, 16]
    ]
    one = np.ones((2, 2), dtype="<f4")
    yield "optionals", "optionals.tar", [
        ft.Optionals(name="none"),
        ft.Optionals(name="all", os="s", oi=1, of=0.1, ob=True, oy=b"y", ols=["l"], oa=one, ots="t"),
        ft.Optionals(name="some", oi=-1, ob=False),
    ]
    yield "dicts", "dicts.tar", [
        ft.WithDict(name="nested", meta={"z": [1, {"a": None}], "a": b"\0", "日": 1.5}, anything=[True, {"k": {}}]),
        ft.WithDict(name="many", meta={f"k{n}": n for n in range(20)}, anything=2**64 - 1),
    ]
    yield "arrays", "arrays.tar", list(arrays())
    yield "dictsample", "dictsample.tar", [DictSample(b=1, a="x", n={"k": [1, 2]}), DictSample(text="t", f=2.5)]
    for suffix in ["tar.gz", "tgz", "tar.bz2", "tar.xz"]:
        texts = [ft.Text(text=f"{suffix} {n} é", label=n) for n in range(40)]
        yield suffix, f"data.{suffix}", texts


def own(records, response):
    cases = json.loads(Path(records).read_text(encoding="utf-8"))
    found = {case: [own_samples(record, of["url"]) for record in of["records"]] for case, of in cases.items()}
    Path(response).write_text(json.dumps(found, allow_nan=False), encoding="utf-8")


def own_samples(record, url):
    made = _schema_to_type(record, use_cache=False)
    samples = list(atdata.Dataset[made](url).ordered())
    return [[encode_sample(sample), list(sample.packed)] for sample in samples]


def write_keyed(path, samples):
    with wds.TarWriter(str(path)) as writer:
        for key, sample in samples.items():
            writer.write({"__key__": key, "msgpack": sample.packed})


def change(request):
    asked = json.loads(Path(request).read_text(encoding="utf-8"))
    made = _schema_to_type(asked["record"], use_cache=False)
    samples = list(atdata.Dataset[made](asked["url"]).ordered())
    for sample in samples:
        for name, value in asked["set"].items():
            setattr(sample, name, value)
    write_keyed(asked["to"], {f"changed-{number}": sample for number, sample in enumerate(samples)})


def write(folder):
    folder = Path(folder)
    expected = {}
    for case, name, samples in values():
        dataset = atdata.write_samples(samples, folder / name)
        expected[case] = describe(type(samples[0]), dataset.url)
    texts = [ft.Text(text=f"sharded {n}", label=n) for n in range(23)]
    expected["sharded"] = describe(ft.Text, atdata.write_samples(texts, folder / "sharded.tar", maxcount=5).url)
    large = [ft.OneBytes(data=bytes([n]) * 3000) for n in range(9)]
    expected["sized"] = describe(ft.OneBytes, atdata.write_samples(large, folder / "s-%03d.tar", maxsize=7000).url)
    names = ["plain", "dir/sub/name", "x" * 300, "d/" + "y" * 180, "日本/🎉", "é" * 60, "with space", "UPPER_-1"]
    write_keyed(folder / "keys.tar", {key: ft.Text(text=key, label=n) for n, key in enumerate(names)})
    expected["keys"] = describe(ft.Text, str(folder / "keys.tar"))
    (folder / "expected.json").write_text(json.dumps(expected, allow_nan=False), encoding="utf-8")


def describe_format(kind, value):
    if value is None:
        return None
    if kind == "structured":
        return {name: encode(np.ascontiguousarray(value[name])) for name in value.dtype.names}
    if kind == "sparse":
        value.check_format() if hasattr(value, "check_format") else None
        return {"class": type(value).__name__, "dense": encode(np.asarray(value.todense()))}
    if kind == "arrow_tensor":
        return {"array": encode(value.to_numpy()), "dim_names": list(value.dim_names)}
    if kind == "safetensors":
        return {name: encode(array) for name, array in value.items()}
    if kind == "dataframe":
        return {name: value[name].tolist() for name in value.columns}
    raise ValueError(kind)


def formats(request, response):
    from atdata._schema_codec import _schema_to_type

    asked = json.loads(Path(request).read_text(encoding="utf-8"))
    kinds = {field["name"]: field["fieldType"]["$type"].rpartition("#")[2] for field in asked["record"]["fields"]}
    samples = atdata.Dataset[_schema_to_type(asked["record"])](asked["url"]).ordered()
    found = [{name: describe_format(kind, getattr(s, name)) for name, kind in kinds.items()} for s in samples]
    Path(response).write_text(json.dumps(found, allow_nan=False), encoding="utf-8")


def run_lens(index, asked):
    record = json.loads(asked["record"])
    index.provider.store_lens(record["name"], record["version"], asked["record"])
    reference = f"atdata://local/lens/{record['name']}@{record['version']}"
    source = ft.FullPerson(name="Ada", age=36, score=9.5, embedding=np.arange(3, dtype="<f4"))
    found = len(index.find_lenses(record["source_schema"], record["view_schema"]))
    try:
        lens = index.load_lens(reference, source_type=ft.FullPerson, view_type=getattr(ft, asked["view_type"]))
    except ImportError as error:
        return {"found": found, "error": type(error).__name__, "message": str(error)}
    view = lens.get(source)
    changed = type(view)(**{**vars(view), asked["changed"]: "Bob"})
    return {"found": found, "get": encode_sample(view), "put": encode_sample(lens.put(changed, source))}


def lenses(request, response):
    cases = json.loads(Path(request).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        index = atdata.Index(provider="sqlite", path=Path(folder) / "index.db", atmosphere=None)
        run = {case: run_lens(index, asked) for case, asked in cases.items()}
        index.provider.close()
    Path(response).write_text(json.dumps(run, allow_nan=False), encoding="utf-8")


def session(request, response):
    from atdata.atmosphere import Atmosphere

    asked = json.loads(Path(request).read_text(encoding="utf-8"))
    client = Atmosphere.from_session(asked["session"])
    found = client.get_record(asked["uri"])
    blob = client.upload_blob(b"a blob of Python")
    entry = {"$type": asked["collection"], "name": "python", "blobs": [blob]}
    written = client.create_record(asked["collection"], entry)
    answer = {"did": client.did, "found": found, "written": str(written), "session": client.export_session()}
    Path(response).write_text(json.dumps(answer, allow_nan=False), encoding="utf-8")


def load_splits(path):
    try:
        return [[name, [str(s) for s in ds.list_shards()]] for name, ds in atdata.load_dataset(path).items()]
    except Exception as error:
        return type(error).__name__


def load(request, response):
    paths = json.loads(Path(request).read_text(encoding="utf-8"))
    Path(response).write_text(json.dumps({path: load_splits(path) for path in paths}), encoding="utf-8")


if __name__ == "__main__":
    # WebDataset prints a line for each shard that it writes.
    with contextlib.redirect_stdout(io.StringIO()):
        commands = {"read": read, "write": write, "own": own, "formats": formats, "lenses": lenses}
        commands |= {"session": session, "load": load, "change": change}
        commands[sys.argv[1]](*sys.argv[2:])
