#!/usr/bin/env python3
"""Measures, and writes the table of README.md's section "Speed": python3 atdata/benches/speed.py

    --quick        a tenth of the samples and fewer rounds, to see that it works; prints the table and writes nothing
    --rounds N     how often each row runs; 5
    --python PATH  the Python whose webdataset and atdata are measured beside; tests/.venv, or else the one that runs this
    --print        prints the table and writes nothing
    --cargo TEXT   what cargo gets in place of "--features image", such as "--all-features --profile dev" to see soon that it works

The rows are those of `cargo bench -p atdata --features image`, whose tables stand on standard error as they come. Each figure has
beside it what cannot be beaten, measured in the same rounds: copying the bytes in memory, `read`, `pread` of the same ranges, the
hash. Nothing else should run meanwhile. It takes some minutes, building apart.
"""
import argparse
import datetime
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BEGIN, END = "<!-- Made by atdata/benches/speed.py: -->", "<!-- until here. -->"

# A line of the README: the table, its row, what it is called, its limit among the table's rows, and its peers.
TAR = "tar crate, buffered, and rmp-serde, owned"
LINES = [
    ("text", "ordered(): owned samples", "small texts, one by one", "read", [TAR, "Python: atdata"]),
    ("text", "raw(), view::<TextRef>(): borrowed samples", "the same, borrowed", "read", [TAR]),
    ("text", "batches(256)", "the same, batches of 256", "read", [TAR]),
    ("text, other ways", "shuffled(1).batches(256)", "the same, shuffled", None, [TAR]),
    ("text, other ways", "raw(), three headers a sample, as Python writes", "written by Python, not decoded", None, [TAR]),
    ("features", "batches(256)", "128 floats each, batches of 256", "read",
     ["tar crate, buffered, rmp-serde, ndarray::stack", "Python: atdata, batches of 256"]),
    ("images", "batches(32)", "images of 150 kB, batches of 32", "memcpy",
     ["tar crate, rmp-serde, ndarray::stack", "Python: atdata, batches of 32"]),
    ("images", "batches(256)", "the same, batches of 256", "memcpy", ["tar crate, rmp-serde, ndarray::stack"]),
    ("images", "batches(256), that come back", "the same, given back", "memcpy", ["tar crate, rmp-serde, ndarray::stack"]),
    ("images", "batches(32), cast to f32: four times the bytes", "the same, 32, as `f32`", "memcpy", []),
    ("training, text", "loader, global, 2 threads", "loader: texts, global order, 2 threads", "read", []),
    ("training, images", "loader, global, 2 threads", "loader: images, global order, 2 threads", "memcpy", []),
    ("training, images", "loader, stored, 2 threads, batches come back", "loader: as stored, given back", "memcpy", []),
    ("training, access", "at(number)", "one text by its number", "pread", []),
    ("training, access", "get(key)", "one text by its key", "pread", []),
    ("members", "typed members: batches(32)", "plain WebDataset, typed", "read",
     ["tar crate: members read, and grouped by key", "Python: webdataset, no decoding"]),
    ("members, decoded", "Pixels: batches(32), decoded in place", "JPEG to tensors, 32", "decoder",
     ["Python: webdataset, Pillow, numpy.stack of 32"]),
    ("write text", "ShardWriter, against that", "texts written, with SHA-256 and sync", "both", []),
    ("write images", "ShardWriter, against that", "images written, with SHA-256 and sync", "both", []),
    ("write images", "ShardWriter without SHA-256", "the same, CRC32C alone", "write", []),
]
# What the limits are called in the README.
LIMITS = {
    "read": "`read` of the file",
    "memcpy": "`memcpy`",
    "pread": "`pread` of the ranges",
    "decoder": "the decoder alone",
    "both": "copy, write, sync, SHA-256 on another core",
    "write": "copy and write, no sync",
}
# `cargo bench` takes tables by a part of their names.
FILTERS = ["text", "features", "images", "training, access", "members"]

TITLE = re.compile(r"^(\S.*): (\d+) samples, ([\d.]+) MB, (\d+) rounds$")
ROW = re.compile(r"^  (\S.*?) +([\d.]+) +([\d.]+) +(\d+) +([\d.]+)((?: +(?:[\d.]+|-))*)\s*$")


def bench(name, options, arguments, python):
    command = ["cargo", "bench", "--quiet", "-p", "atdata", "--bench", "throughput", *options, "--", *arguments, name]
    environment = os.environ | ({"ATDATA_BENCH_PYTHON": str(python)} if python else {})
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            print(line, end="", file=sys.stderr, flush=True)
            yield line.rstrip("\n")
    if process.returncode:
        sys.exit(f"`{' '.join(command)}` failed")


def tables(lines):
    """{table: {row: {"rate", "gigabytes", limit: ratio}}}, and what each table is of."""
    found, of, rows, limits = {}, {}, {}, []
    for line in lines:
        if title := TITLE.match(line):
            rows = found.setdefault(title[1], {})
            of[title[1]] = (int(title[2]), float(title[3]))
        elif line.split()[:2] == ["best", "ms"]:
            limits = line.split()[8:]
        elif row := ROW.match(line):
            numbers = row[6].split()
            reached = numbers[len(numbers) - len(limits):] if limits else []
            values = {"rate": float(row[4]), "gigabytes": float(row[5])}
            rows[row[1].strip()] = values | dict(zip(limits, reached))
    return found, of


def rate(value):
    value = float(f"{value:.3g}")
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g}"


def peer(row, name, rows):
    if name not in rows:
        return None
    called = name.removeprefix("Python: ").split(",")[0].split(":")[0]
    called = f"Python's {called}" if name.startswith("Python") else "`tar` and `rmp-serde`" if "rmp-serde" in name else f"`{called}`"
    times = row["rate"] / rows[name]["rate"]
    return f"{times:.{1 if times >= 1 else 2}f} × {called.replace('`tar crate`', '`tar`')}"


def markdown(found):
    lines = ["| | samples/s | GB/s | of its limit | peers |", "|---|---|---|---|---|"]
    for table, name, called, limit, peers in LINES:
        rows = found.get(table, {})
        if name not in rows:
            sys.exit(f"the table \"{table}\" has no row \"{name}\": write anew which ones are shown")
        row = rows[name]
        if limit is not None and limit not in row:
            sys.exit(f"the table \"{table}\" has no limit \"{limit}\"")
        of_limit = f"{float(row[limit]):.2f} of {LIMITS[limit]}" if limit else ""
        beside = [text for text in (peer(row, name, rows) for name in peers) if text]
        lines.append(f"| {called} | {rate(row['rate'])} | {row['gigabytes']:.2f} | {of_limit} | {', '.join(beside)} |")
    return "\n".join(lines)


def machine():
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    told = lambda *command: subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    compiler = " ".join(told("rustc", "--version").split()[:2])
    return [
        f"{datetime.date.today().isoformat()}, commit {told('git', 'rev-parse', '--short', 'HEAD') or 'unknown'}",
        f"{model}, {cores} core{'s' if cores != 1 else ''}",
        f"{platform.system()} {platform.release()}",
        compiler,
    ]


def section(found, of, rounds):
    texts, features, images = (f"{of[table][0]:,} ({of[table][1]:.0f} MB)" for table in ("text", "features", "images"))
    about = (
        f"{'; '.join(machine())}. {texts} texts, {features} features, {images} images in the page cache; medians of {rounds} round{'s' if rounds != 1 else ''}, in "
        "which each row runs once. \"Of its limit\" is the time that the limit takes of ours: 1.00 is as fast as that."
    )
    return f"{BEGIN}\n\n{markdown(found)}\n\n{about}\n\n{END}"


def write(text, path):
    readme = path.read_text(encoding="utf-8")
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"{path} has no lines `{BEGIN}` and `{END}`")
    path.write_text(before + text + after, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--python", type=Path)
    parser.add_argument("--print", action="store_true", dest="prints")
    parser.add_argument("--cargo", default="--features image")
    parser.add_argument("--readme", type=Path, default=ROOT / "README.md")
    arguments = parser.parse_args()
    rounds = arguments.rounds or (1 if arguments.quick else 5)
    of_tests = ROOT / "tests/.venv/bin/python"
    # Cargo runs benches in the folder of their package. The link is what makes it the one of a virtual environment.
    python = shutil.which(arguments.python) if arguments.python else None
    if arguments.python and not python:
        sys.exit(f"there is no Python at {arguments.python}")
    python = Path(python).absolute() if python else (of_tests if of_tests.exists() else Path(sys.executable))
    options = ["--rounds", str(rounds)] + (["--quick"] if arguments.quick else [])
    lines = [line for name in FILTERS for line in bench(name, arguments.cargo.split(), options, python)]
    text = section(*tables(lines), rounds)
    if arguments.quick or arguments.prints:
        print(text)
    else:
        write(text, arguments.readme)


if __name__ == "__main__":
    main()
