"""Gives a chain and its key to a context. Python's `ssl` takes them only as files, and an image has none.

In an image that is a C function of ours; on hosts the file is one in memory, which no other program can open
by a name.
"""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING

from pymirage.security.x509.error import KeyFileError

try:
    from pymirage.security.tls import _present
except ImportError:
    IN_IMAGE = False
else:
    IN_IMAGE = True

if TYPE_CHECKING:
    from pymirage.security.x509.credentials import Credentials


def present(context: ssl.SSLContext, credentials: Credentials) -> None:
    """Raises KeyFileError for a key that OpenSSL does not take."""
    try:
        if IN_IMAGE:
            _present.present(context, tuple(each.der for each in credentials.chain), credentials.key.der)
        else:
            _load(context, (credentials.chain_pem() + credentials.key.to_pem()).encode("ascii"))
    except (ssl.SSLError, ValueError) as error:
        raise KeyFileError(f"OpenSSL does not take this certificate: {error}") from None


def _load(context: ssl.SSLContext, content: bytes) -> None:
    handle = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        os.write(handle, content)
        context.load_cert_chain(f"/proc/self/fd/{handle}")
    finally:
        os.close(handle)
