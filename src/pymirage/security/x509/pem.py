"""PEM: DER in base64 between two lines that name it (RFC 7468)."""

from __future__ import annotations

import binascii
import re
from typing import NamedTuple

from pymirage.security.x509.error import KeyFileError

_BLOCK = re.compile(
    r"-----BEGIN ([A-Z0-9 ]{1,64})-----[ \t]*\r?\n(.*?)-----END \1-----", re.DOTALL | re.ASCII
)
LARGEST = 1 << 24


class Block(NamedTuple):
    label: str
    der: bytes


def decode(data: bytes | str) -> list[Block]:
    """Every block, in order; text around them is comment (§2). Raises KeyFileError for a broken one."""
    text = data if isinstance(data, str) else data.decode("latin-1")
    if len(text) > LARGEST:
        raise KeyFileError(f"{len(text)} octets of PEM: more than {LARGEST}")
    found: list[Block] = []
    for match in _BLOCK.finditer(text):
        label, body = match.groups()
        if "Proc-Type:" in body:
            raise KeyFileError(
                f"{label}: encrypted in the old way: `openssl pkcs8 -topk8` makes PKCS #8 of it"
            )
        try:
            found.append(Block(label, binascii.a2b_base64("".join(body.split()), strict_mode=True)))
        except binascii.Error as error:
            raise KeyFileError(f"{label}: not base64: {error}") from None
    if not found and "-----BEGIN" in text:
        raise KeyFileError("PEM that begins and does not end")
    return found


def encode(label: str, der: bytes) -> str:
    """Lines of 64 characters (§2)."""
    text = binascii.b2a_base64(der, newline=False).decode("ascii")
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))
