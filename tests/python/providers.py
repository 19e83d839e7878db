"""The other side of tests/interop/providers.rs: Python atdata's own provider, on the database that Rust uses at the same time.

    python providers.py URL

Reads a call per line, [NAME, ARGUMENTS...] as JSON, and answers each with a line: {"ok": RESULT} or {"error": TYPE}.
"""
import json
import sys
import warnings

sys.dont_write_bytecode = True
warnings.filterwarnings("ignore")

from atdata.local import LocalDatasetEntry


def connect(url):
    if url.startswith("postgres"):
        from atdata.providers._postgres import PostgresProvider

        return PostgresProvider(dsn=url)
    import redis
    from atdata.providers._redis import RedisProvider

    return RedisProvider(redis.Redis.from_url(url))


def shown(entry):
    return [entry.name, entry.cid, entry.schema_ref, entry.data_urls, entry.metadata]


def call(provider, name, arguments):
    if name == "store_entry":
        entry_name, schema_ref, urls, metadata = arguments
        entry = LocalDatasetEntry(name=entry_name, schema_ref=schema_ref, data_urls=urls, metadata=metadata)
        provider.store_entry(entry)
        return entry.cid
    result = getattr(provider, name)(*arguments)
    if name == "iter_entries":
        return sorted((shown(entry) for entry in result), key=str)
    if name.startswith("iter_"):
        return sorted(([*item] for item in result), key=str)
    return shown(result) if isinstance(result, LocalDatasetEntry) else result


def main():
    provider = connect(sys.argv[1])
    print(json.dumps({"ok": None}), flush=True)
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        try:
            answer = {"ok": call(provider, name, arguments)}
        except KeyError as error:
            answer = {"error": type(error).__name__}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
