"""Random `.env` files, and what python-dotenv reads of each.

    python env_files.py FOLDER

Makes 3000 files NAME, and FOLDER/expected.json: {NAME: {"line"}} of those that it passes a line of over with a warning, or that
name a variable that no environment can have; {NAME: {"file", "environment"}} of the others, with the values where the file
goes before the environment, and where it does not. The environment has OUT alone.
"""
import json
import os
import random
import sys
from pathlib import Path

from dotenv import main
from dotenv.parser import parse_stream

NAMES = ["A", "B", "A", "OUT", "OUT", "'A'", "'B C'", "'B#'", "b.c", "é", "export", "A'", '"A"', "''", "'A", "'A=B'"]
SPACES = ["", "", "", " ", "\t", "  ", "\x0b", "\x0c", "\x1c", "\x85", "\xa0", "\u2028", "\ufeff"]
PARTS = ["x", "y z", "#", " #", "'", '"', "\\", "\\n", "\\'", '\\"', "\\\\", "\\u0041", "=", "$A", "${A}", "${B:-d e}", "${OUT}"]
PARTS += ["${NONE}", "${NONE:-#}", "${", "}", "${}", "${A${B}", "${A:B}", "${A:-${B}}", ":-", "ü", "\r", "\n", "\r\n"]
PARTS += ["${A}", "${OUT}"] * 4
PARTS += [space for space in SPACES if space]
ENDS = ["\n"] * 6 + ["\r\n", "\r", "\n\n", " \n", "#c\n", " # c\r\n", "\t#'\n", ""]


def value(rng):
    text = "".join(rng.choice(PARTS) for _ in range(rng.randint(0, 5)))
    quote = rng.choice(["", "", "'", '"'])
    if quote and rng.random() < 0.8:
        text = text.replace(quote, "\\" + quote)
    return quote + text + quote


def line(rng):
    if rng.random() < 0.05:
        return "".join(rng.choice(PARTS + NAMES) for _ in range(rng.randint(0, 4)))
    if rng.random() < 0.1:
        return rng.choice(SPACES) + "#" + value(rng).replace("\n", " ").replace("\r", " ")
    export = "export" + rng.choice(SPACES) if rng.random() < 0.15 else ""
    is_alone = rng.random() < 0.15
    # Most names are sound, for of a file with an error nothing else is compared.
    name = rng.choice(NAMES if rng.random() < 0.1 else NAMES[:10])
    begin = rng.choice(SPACES) + export + name + rng.choice(SPACES)
    return begin + ("" if is_alone else "=" + rng.choice(SPACES) + value(rng))


def text_of(seed):
    rng = random.Random(seed)
    begin = "\ufeff" if rng.random() < 0.1 else ""
    return begin + "".join(line(rng) + rng.choice(ENDS) for _ in range(rng.randint(1, 4)))


def refused(path):
    """The number of the first line that is no assignment that an environment could take."""
    with open(path, encoding="utf-8") as stream:
        for binding in parse_stream(stream):
            if binding.error or "=" in (binding.key or ""):
                text = binding.original.string
                return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
    return None


def read(path):
    wrong = refused(path)
    if wrong is not None:
        return {"line": wrong}
    with open(path, encoding="utf-8") as stream:
        said = [(binding.key, binding.value) for binding in parse_stream(stream) if binding.key is not None]
    found = {}
    for name, override in [("file", True), ("environment", False)]:
        values = main.resolve_variables(said, override=override)
        found[name] = {key: value for key, value in values.items() if value is not None}
    assert found["file"] == {key: value for key, value in main.dotenv_values(path).items() if value is not None}
    return found


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    os.environ.clear()
    os.environ["OUT"] = "out"
    expected = {}
    for seed in range(3000):
        path = folder / f"{seed}.env"
        path.write_bytes(text_of(seed).encode())
        expected[path.name] = read(path)
    (folder / "expected.json").write_text(json.dumps(expected), encoding="utf-8")
