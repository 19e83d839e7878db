"""The rows of the benchmark that Python has: python python.py SHARD

For each name of a function on standard input it is run, and its result printed; `has NAME` asks whether it can be.
"""
import contextlib
import importlib.util
import io
import sys
import warnings

warnings.filterwarnings("ignore")
shard = sys.argv[1]


def groups():
    import webdataset as wds

    return sum(len(sample["jpg"]) for sample in wds.WebDataset(shard, shardshuffle=False))


def decoded():
    import webdataset as wds

    samples = wds.WebDataset(shard, shardshuffle=False).decode("rgb8").to_tuple("jpg", "cls").batched(32)
    return sum(images.size for images, _ in samples)


def pillow():
    """The decoder of Pillow, which is libjpeg-turbo, alone."""
    import numpy
    import webdataset as wds
    from PIL import Image

    photo = next(iter(wds.WebDataset(shard, shardshuffle=False)))["jpg"]
    return sum(numpy.asarray(Image.open(io.BytesIO(photo)).convert("RGB")).size for _ in range(2000))


def types():
    """The sample types as Python's atdata has them."""
    import atdata
    from numpy.typing import NDArray

    @atdata.packable
    class Text:
        text: str
        label: int

    @atdata.packable
    class Features:
        features: NDArray
        label: int
        source: str

    @atdata.packable
    class Image:
        image: NDArray
        label: str

    return atdata, Text, Features, Image


def texts():
    atdata, text, _, _ = types()
    return sum(len(sample.text) + abs(sample.label) for sample in atdata.Dataset[text](shard).ordered())


def features():
    atdata, _, features, _ = types()
    return sum(batch.features.size for batch in atdata.Dataset[features](shard).ordered(batch_size=256))


def images():
    atdata, _, _, image = types()
    return sum(batch.image.size for batch in atdata.Dataset[image](shard).ordered(batch_size=32))


NEEDS = {
    groups: ["webdataset"],
    decoded: ["webdataset", "PIL"],
    pillow: ["webdataset", "PIL"],
    texts: ["atdata"],
    features: ["atdata"],
    images: ["atdata"],
}
FUNCTIONS = {function.__name__: function for function in NEEDS}


def has(name):
    return int(all(importlib.util.find_spec(module) for module in NEEDS[FUNCTIONS[name]]))


for line in sys.stdin:
    # What libraries print is no answer.
    with contextlib.redirect_stdout(sys.stderr):
        verb, _, name = line.strip().partition(" ")
        result = has(name) if verb == "has" else FUNCTIONS[verb]()
    print(result, flush=True)
