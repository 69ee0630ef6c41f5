"""A short run; long ones: `python -m fuzz.http 600`."""

from fuzz import http


def test_both_ends() -> None:
    assert http.run(1000, seed=1) > 500
