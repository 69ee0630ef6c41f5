"""What every KeyValueReader keeps (`pymirage.device.key_value_reader`), shown on a store with CONTENT."""

import hashlib

from pymirage.device import Entry, KeyValueReader, Kind
from pymirage.device.error import BadKey, IsDirectory, NotDirectory, NotFound, OutOfRange
from tests.contract.expect import Make, equal, raises, true

CONTENT = {
    "index.html": b"<h1>Hello</h1>\n",
    "empty": b"",
    "binary": bytes(range(256)) * 300,
    "css/site.css": b"body { color: black }\n",
    "css/print/page.css": b"@page {}\n",
    "Grüße ☺.txt": "Grüße\n".encode(),
}

BAD_KEYS = (
    "..",
    "../secret",
    "css/..",
    "css/../index.html",
    "a//b",
    "css/",
    "./index.html",
    "a/./b",
    "nul\0",
    "//",
)


async def whole_values(make: Make[KeyValueReader]) -> None:
    store = await make()
    for key, value in CONTENT.items():
        equal(await store.get(key), value, f"get({key!r})")
        equal(await store.get("/" + key), value, f"get of {key!r} with a leading slash")
        equal(await store.size(key), len(value), f"size({key!r})")
        true(type(await store.get(key)) is bytes, "get gives bytes")


async def parts_of_values(make: Make[KeyValueReader]) -> None:
    store = await make()
    value = CONTENT["binary"]
    for offset, length in (
        (0, 10),
        (100, 1000),
        (70000, 10000),
        (len(value), 1),
        (len(value) + 9, 1),
        (5, 0),
    ):
        wanted = value[offset : offset + length]
        equal(await store.get_partial("binary", offset, length), wanted, f"get_partial({offset}, {length})")
    await raises(OutOfRange, store.get_partial("binary", -1, 5), "a negative offset")
    await raises(OutOfRange, store.get_partial("binary", 0, -5), "a negative length")


async def kinds(make: Make[KeyValueReader]) -> None:
    store = await make()
    equal(await store.exists("index.html"), Kind.VALUE, "kind of a value")
    equal(await store.exists("css"), Kind.DIRECTORY, "kind of a directory")
    equal(await store.exists("css/print"), Kind.DIRECTORY, "kind of a directory below")
    equal(await store.exists(""), Kind.DIRECTORY, "kind of the root")
    equal(await store.exists("missing"), None, "kind of nothing")
    equal(await store.exists("index.html/missing"), None, "kind of what is below a value")


async def listings(make: Make[KeyValueReader]) -> None:
    store = await make()
    root = [
        Entry("Grüße ☺.txt", Kind.VALUE),
        Entry("binary", Kind.VALUE),
        Entry("css", Kind.DIRECTORY),
        Entry("empty", Kind.VALUE),
        Entry("index.html", Kind.VALUE),
    ]
    css = [Entry("print", Kind.DIRECTORY), Entry("site.css", Kind.VALUE)]
    equal(await store.list(), root, "listing of the root")
    equal(await store.list("/"), root, "listing of /")
    equal(await store.list("css"), css, "listing of css")
    await raises(NotDirectory, store.list("index.html"), "listing of a value")
    await raises(NotFound, store.list("missing"), "listing of nothing")


async def digests(make: Make[KeyValueReader]) -> None:
    store = await make()
    for key, value in CONTENT.items():
        equal(await store.digest(key), hashlib.sha256(value).digest(), f"digest({key!r})")


async def dates(make: Make[KeyValueReader]) -> None:
    store = await make()
    for key in ("index.html", "css"):
        date = await store.last_modified(key)
        true(type(date) is int and date >= 0, f"last_modified({key!r}) is {date!r}")


async def missing_keys(make: Make[KeyValueReader]) -> None:
    store = await make()
    for key in ("missing", "css/missing", "missing/below", "index", "index.htm", "index.html2", "x" * 300):
        await raises(NotFound, store.get(key), f"get({key!r})")
        await raises(NotFound, store.get_partial(key, 0, 1), f"get_partial({key!r})")
        await raises(NotFound, store.size(key), f"size({key!r})")
        await raises(NotFound, store.digest(key), f"digest({key!r})")
        await raises(NotFound, store.last_modified(key), f"last_modified({key!r})")


async def values_and_directories_are_not_mistaken(make: Make[KeyValueReader]) -> None:
    store = await make()
    for key in ("css", "css/print", ""):
        await raises(IsDirectory, store.get(key), f"get({key!r})")
        await raises(IsDirectory, store.get_partial(key, 0, 1), f"get_partial({key!r})")
        await raises(IsDirectory, store.size(key), f"size({key!r})")
        await raises(IsDirectory, store.digest(key), f"digest({key!r})")
    await raises(NotDirectory, store.get("index.html/below"), "get below a value")
    await raises(NotDirectory, store.get("css/site.css/a/b"), "get far below a value")


async def bad_keys(make: Make[KeyValueReader]) -> None:
    store = await make()
    for key in BAD_KEYS:
        await raises(BadKey, store.get(key), f"get({key!r})")
        await raises(BadKey, store.exists(key), f"exists({key!r})")
        await raises(BadKey, store.list(key), f"list({key!r})")


CHECKS = (
    whole_values,
    parts_of_values,
    kinds,
    listings,
    digests,
    dates,
    missing_keys,
    values_and_directories_are_not_mistaken,
    bad_keys,
)
