"""When a rehearsal takes place: the same at each build, and a time at which what an image carries is valid.

A server whose certificate is not valid yet says so and ends, so nothing of its start would be rehearsed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from pymirage.security.x509 import pem
from pymirage.security.x509.certificate import Certificate
from pymirage.security.x509.error import CertificateError, KeyFileError

EARLIEST: Final = 1_577_836_800
"""2020-01-01, in seconds since 1970."""

# Makers of certificates let them begin a little before they are made; a day later every clock agrees.
LATER: Final = 86_400

MARK: Final = b"-----BEGIN CERTIFICATE-----"


def of(files: Iterable[bytes]) -> int:
    """A day after the youngest certificate in `files` became valid; seconds since 1970."""
    return max([EARLIEST, *(start + LATER for content in files for start in starts(content))])


def starts(content: bytes) -> Iterator[int]:
    """What is no certificate says nothing; the image itself will say what is wrong with it."""
    if MARK not in content:
        return
    try:
        blocks = pem.decode(content)
    except KeyFileError:
        return
    for block in blocks:
        if block.label == "CERTIFICATE":
            try:
                yield Certificate(block.der).not_before
            except CertificateError:
                continue
