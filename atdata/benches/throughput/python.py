"""The rows of the benchmark that Python has: python python.py SHARD

For each name of a function on standard input it is run, and its result printed.
"""
import sys

import webdataset as wds

shard = sys.argv[1]


def groups():
    return sum(len(sample["jpg"]) for sample in wds.WebDataset(shard, shardshuffle=False))


def decoded():
    samples = wds.WebDataset(shard, shardshuffle=False).decode("rgb8").to_tuple("jpg", "cls").batched(32)
    return sum(images.size for images, _ in samples)


for line in sys.stdin:
    print({"groups": groups, "decoded": decoded}[line.strip()](), flush=True)
