"""Addresses: RFC 9110 §4.2 and the examples of RFC 3986 §5.4, which the standard library joins as well."""

from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pymirage.error import UsageError
from pymirage.web.client.url import join, parse

BASE = "http://a/b/c/d;p?q"
REFERENCES = (
    "g", "./g", "g/", "/g", "//g", "?y", "g?y", "g?y/./x", ";x", "g;x", "g;x?y", "", ".", "./", "..", "../",
    "../g", "../..", "../../", "../../g", "../../../g", "../../../../g",
    "/./g", "/../g", "g.", ".g", "g..", "..g",
    "./../g", "./g/.", "g/./h", "g/../h", "g;x=1/./y", "g;x=1/../y", "http://b/x", "https://b",
)  # fmt: skip


@pytest.mark.parametrize("reference", REFERENCES)
def test_references(reference: str) -> None:
    wanted = urljoin(BASE, reference)
    wanted += "/" if wanted.count("/") == 2 else ""
    assert str(join(parse(BASE), reference)) == wanted


@pytest.mark.parametrize(
    ("text", "parts"),
    (
        ("http://example.com", ("http", "example.com", 80, "/")),
        ("HTTP://Example.COM:8080/A?b#c", ("http", "example.com", 8080, "/A?b")),
        ("https://[::1]:8443/x", ("https", "::1", 8443, "/x")),
        ("http://[::1]", ("http", "::1", 80, "/")),
        ("http://a?b", ("http", "a", 80, "/?b")),
        ("http://a:/", ("http", "a", 80, "/")),
        ("http://a/ü b", ("http", "a", 80, "/%C3%BC%20b")),
        ("http://a/%20%zz", ("http", "a", 80, "/%20%zz")),
        ("http://a/\r\nx: y", ("http", "a", 80, "/%0D%0Ax:%20y")),
    ),
)
def test_parts(text: str, parts: tuple[str, str, int, str]) -> None:
    url = parse(text)
    assert (url.scheme, url.host, url.port, url.target) == parts
    assert parse(str(url)).origin() == url.origin()


@pytest.mark.parametrize(
    "text",
    ("", "example.com", "ftp://a", "http://", "http:///x", "http://a b/", "http://a:0", "http://a:99999",
     "http://u:p@a/", "http://a\r\nx/", "http://münchen.de", "http://[::1", "http://a:b/", "http://[x]/"),
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


def test_authority() -> None:
    assert parse("http://a:80/").authority() == "a"
    assert parse("https://a:80/").authority() == "a:80"
    assert parse("http://[::1]:81/").authority() == "[::1]:81"


@given(some.text(max_size=30))
def test_any_reference(reference: str) -> None:
    try:
        url = join(parse(BASE), reference)
    except UsageError:
        return
    assert url.target.startswith("/") and url.target.isascii() and url.target.isprintable()
    assert " " not in url.target
