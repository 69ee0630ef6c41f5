"""Which paths name something, and that none leads out of the store."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pymirage.device.key import segments
from pymirage.web.files.place import locate


@pytest.mark.parametrize(
    ("path", "key", "written"),
    (
        ("/", "", "/"),
        ("/a.html", "a.html", "/a.html"),
        ("/a/b/", "a/b", "/a/b/"),
        ("/a%20b", "a b", "/a%20b"),
        ("/%61", "a", "/a"),
        ("/caf%C3%A9", "café", "/caf%C3%A9"),
        ("/a+b=c", "a+b=c", "/a+b=c"),
        ("/100%25", "100%", "/100%25"),
        ("/.well-known/security.txt", ".well-known/security.txt", "/.well-known/security.txt"),
        ("/...", "...", None),
    ),
)
def test_keys(path: str, key: str, written: str | None) -> None:
    place = locate(path, hidden=written is None)
    assert place is not None and place.key() == key
    assert place.path() == (written or path)


@pytest.mark.parametrize(
    "path",
    (
        "",
        "*",
        "a",
        "//",
        "//evil.example",
        "/a//b",
        "/..",
        "/../etc/passwd",
        "/a/../../etc/passwd",
        "/.",
        "/%2e%2e/etc/passwd",
        "/%2E./x",
        "/..%2f..%2fetc/passwd",
        "/a%2fb",
        "/a%5c..%5cb",
        "/a\\b",
        "/a%00.html",
        "/a%0a",
        "/a%7f",
        "/%c0%ae%c0%ae/etc/passwd",  # overlong
        "/%e0%80%af",
        "/%ff",
        "/%ed%a0%80",  # half of a surrogate pair
        "/%",
        "/%a",
        "/%zz",
        "/%u002e",
        "/.git/config",
        "/a/.env",
        "/.well-known/.hidden",
        "http://example.com/",
    ),
)
def test_what_names_nothing(path: str) -> None:
    assert locate(path, hidden=False) is None


def test_hidden_names_when_asked_for() -> None:
    place = locate("/.git/config", hidden=True)
    assert place is not None and place.key() == ".git/config"
    assert locate("/..", hidden=True) is None


@given(some.text(alphabet="/.%25fceEa0\\\x00 ", max_size=20), some.booleans())
def test_every_place_is_a_key(path: str, hidden: bool) -> None:
    place = locate(f"/{path}", hidden)
    if place is not None:
        assert segments(place.key()) == place.names
        again = locate(place.path(), hidden)
        assert again is not None and (again.names, again.directory) == (place.names, place.directory)
