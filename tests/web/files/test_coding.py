"""Accept-Encoding, by the examples of RFC 9110 §12.5.3 and what browsers send."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pymirage.web.files.coding import best

ALL = ("br", "zstd", "gzip")


@pytest.mark.parametrize(
    ("accept", "available", "chosen"),
    (
        ("gzip, deflate, br, zstd", ALL, "br"),
        ("gzip, deflate", ALL, "gzip"),
        ("gzip, deflate, br", ("gzip",), "gzip"),
        ("", ALL, ""),
        ("identity", ALL, ""),
        ("*", ALL, "br"),
        ("br;q=0.5, gzip;q=1.0", ALL, "gzip"),
        ("br;q=0, *", ALL, "zstd"),
        ("gzip;q=0", ALL, ""),
        ("gzip;q=0.5, identity;q=0.8", ALL, ""),
        ("gzip;q=0.5, identity;q=0.5", ALL, "gzip"),
        ("identity;q=0", (), ""),
        ("X-GZIP", ALL, "gzip"),
        ("gzip;q=2", ALL, ""),
        ("gzip;q=0.0001", ALL, ""),
        ("gzip;q=nonsense", ALL, ""),
        ("gzip ; q=0.1", ALL, "gzip"),
        (",,gzip,,", ALL, "gzip"),
    ),
)
def test_choices(accept: str, available: tuple[str, ...], chosen: str) -> None:
    assert best(accept.encode(), available) == chosen


@given(some.binary(max_size=60))
def test_any_octets(accept: bytes) -> None:
    assert best(accept, ALL) in ("", *ALL)
