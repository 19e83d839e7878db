"""The rows of the benchmark that Python has: python python.py SHARD

For each name of a function on standard input it is run, and its result printed.
"""
import io
import sys

import numpy
import webdataset as wds

from PIL import Image

shard = sys.argv[1]
photo = next(iter(wds.WebDataset(shard, shardshuffle=False)))["jpg"]


def groups():
    return sum(len(sample["jpg"]) for sample in wds.WebDataset(shard, shardshuffle=False))


def decoded():
    samples = wds.WebDataset(shard, shardshuffle=False).decode("rgb8").to_tuple("jpg", "cls").batched(32)
    return sum(images.size for images, _ in samples)


def pillow():
    """The decoder of Pillow, which is libjpeg-turbo, alone."""
    return sum(numpy.asarray(Image.open(io.BytesIO(photo)).convert("RGB")).size for _ in range(2000))


for line in sys.stdin:
    print({"groups": groups, "decoded": decoded, "pillow": pillow}[line.strip()](), flush=True)
