"""Python's barecat, for the test that writes one archive by turns.

    python barecat_turns.py write ARCHIVE     makes an archive
    python barecat_turns.py append ARCHIVE N  adds files named `python/N/…`
    python barecat_turns.py check ARCHIVE OUT verifies it by barecat itself, and writes what it holds, as JSON
    python barecat_turns.py change ARCHIVE    renames, removes and moves directories of it
    python barecat_turns.py serve ARCHIVE     does what lines of JSON say, each with the archive opened anew
"""

import hashlib
import json
import sys

from barecat import Barecat
from barecat.exceptions import BarecatError


def content(number):
    return bytes([number % 256]) * (number * 37 % 3000)


def write(path):
    with Barecat(path, readonly=False, shard_size_limit=20_000) as archive:
        for number in range(100):
            archive[f"first/{number % 5}/é {number}.bin"] = content(number)
        archive["empty"] = b""


def append(path, number):
    with Barecat(path, readonly=False) as archive:
        for file in range(40):
            archive[f"python/{number}/{file % 3}/{file}"] = content(file)


def change(path):
    with Barecat(path, readonly=False) as archive:
        names = sorted(archive.keys())
        for name in names[:20]:
            del archive[name]
        archive.rename(names[30], "renamed")
        archive.rename("first/4", "moved")


def check(path, out):
    with Barecat(path, readonly=True) as archive:
        if not archive.verify_integrity():
            sys.exit("barecat finds the archive damaged")
        files = {name: hashlib.sha256(archive[name]).hexdigest() for name in archive.keys()}
        walked = [[folder, sorted(dirs), sorted(names)] for folder, dirs, names in archive.walk("")]
        globbed = {
            pattern: sorted(archive.glob(pattern, recursive=True)) for pattern in ["*", "**/*1*", "first/*/é 1?.bin", "rust/**/[0-5]"]
        }
        total = archive.total_size
    with open(out, "w") as file:
        json.dump({"files": files, "walk": sorted(walked), "glob": globbed, "total": total}, file)


def step(path, operation, arguments):
    """Does one thing, and whether it could be done."""
    try:
        with Barecat(path, readonly=False) as archive:
            if operation == "add":
                archive[arguments[0]] = bytes([arguments[1] % 256]) * arguments[1]
            else:
                getattr(archive, operation)(*arguments)
    except (BarecatError, OSError, ValueError, KeyError):
        return False
    return True


def state(path):
    """Files with their sizes and checksums, of which each is held against its bytes, and what directories count."""
    with Barecat(path, readonly=True) as archive:
        for info in archive.index.iter_all_fileinfos():
            archive.check_crc32c(info.path)
        files = {info.path: [info.size, info.crc32c] for info in archive.index.iter_all_fileinfos()}
        dirs = {
            info.path: [info.num_subdirs, info.num_files, info.num_files_tree, info.size_tree]
            for info in archive.index.iter_all_dirinfos()
        }
    return {"files": files, "dirs": dirs}


def serve(path):
    for line in sys.stdin:
        operation, *arguments = json.loads(line)
        answer = {}
        if operation == "sound":
            with Barecat(path, readonly=True) as archive:
                print("answer " + json.dumps({"done": archive.verify_integrity(), "files": len(archive)}), flush=True)
            continue
        if operation == "verify":
            with Barecat(path, readonly=True) as archive:
                answer["done"] = archive.verify_integrity()
        elif operation != "state":
            answer["done"] = step(path, operation, arguments)
        answer.update(state(path))
        print("answer " + json.dumps(answer), flush=True)


def main():
    command, path, *rest = sys.argv[1:]
    {"write": write, "append": append, "check": check, "change": change, "serve": serve}[command](path, *rest)


main()
