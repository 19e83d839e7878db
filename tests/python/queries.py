"""Random samples and random predicates, and which samples Python's Dataset.query finds by them.

    python queries.py FOLDER

Writes shards with manifests, and FOLDER/expected.json: {shard: [[predicate, [key]]]}, where predicates are in the text form of
tests/interop/queries.rs. Python asks with its own query DSL (atdata.manifest.F). Left out are the questions that pandas answers
by the type of a column rather than by its values: whether NaN is in a list, and whether text that is missing is less than other
text.
"""
import json
import operator
import random
import sys
import warnings
from pathlib import Path
from typing import Optional

warnings.filterwarnings("ignore")

import atdata
from atdata.manifest import F

SHARDS, ASKED = 12, 60
TEXTS = ["cat", "dog", "", "Z", "é", 'a "b"\\', "日本"]
FLOATS = [0.0, -0.0, 0.5, 1.0, -1.5, 3.0, 1e300, float("inf"), float("-inf"), float("nan")]
INTS = [-2, -1, 0, 1, 2, 3, 2**40]
ORDERS = {"=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@atdata.packable
class Row:
    label: str
    note: Optional[str]
    score: float
    maybe: Optional[float]
    count: int
    flag: bool


def literal(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)


def leaf(rng):
    """The text of a test, and the same in Python."""
    field, values, ops = rng.choice(
        [
            ("label", TEXTS, list(ORDERS)),
            ("note", TEXTS, ["=", "!="]),
            ("score", FLOATS + INTS, list(ORDERS)),
            ("maybe", FLOATS + INTS, list(ORDERS)),
            ("count", INTS + [0.5, 1.0, -1.5], list(ORDERS)),
            ("flag", [True, False], ["=", "!="]),
        ]
    )
    proxy = getattr(F, field)
    kind = rng.random()
    if kind < 0.2:
        known = [value for value in values if value == value]
        chosen = rng.sample(known, rng.randint(1, min(3, len(known))))
        return f"{field} in ({', '.join(map(literal, chosen))})", proxy.isin(chosen)
    if kind < 0.35 and "<" in ops:
        low, high = rng.choice(values), rng.choice(values)
        return f"{field} between {literal(low)} and {literal(high)}", proxy.between(low, high)
    op, value = rng.choice(ops), rng.choice(values)
    return f"{field} {op} {literal(value)}", ORDERS[op](proxy, value)


def predicate(rng, depth):
    kind = rng.random()
    if depth == 0 or kind < 0.3:
        return leaf(rng)
    if kind < 0.5:
        text, asked = predicate(rng, depth - 1)
        return f"not ({text})", ~asked
    (one, left), (two, right) = predicate(rng, depth - 1), predicate(rng, depth - 1)
    if kind < 0.75:
        return f"({one}) and ({two})", left & right
    return f"({one}) or ({two})", left | right


def rows(rng, count):
    # A field that is null in all rows has no column, so that asking for it is an error of Python's.
    yield Row(label="cat", note="cat", score=0.5, maybe=0.5, count=1, flag=True)
    for _ in range(count - 1):
        yield Row(
            label=rng.choice(TEXTS),
            note=rng.choice([None, *TEXTS]),
            score=rng.choice(FLOATS),
            maybe=rng.choice([None, *FLOATS]),
            count=rng.choice(INTS),
            flag=rng.random() < 0.5,
        )


def main(folder):
    expected = {}
    for seed in range(SHARDS):
        rng = random.Random(seed)
        path = folder / f"q{seed}.tar"
        dataset = atdata.write_samples(list(rows(rng, rng.randint(1, 40))), path, manifest=True)
        asked = []
        for _ in range(ASKED):
            text, where = predicate(rng, 4)
            asked.append([text, [found.key for found in dataset.query(where=where)]])
        expected[path.name] = asked
    (folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False), encoding="utf-8")


main(Path(sys.argv[1]))
