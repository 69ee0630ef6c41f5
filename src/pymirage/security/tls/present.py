"""Gives a chain and its key to a context. `ssl` takes them only as files, and an image has none.

On hosts the file is one in memory that no other process can open by a name.
"""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING

from pymirage.security.x509.error import KeyFileError

if TYPE_CHECKING:
    from pymirage.security.x509.credentials import Credentials


def present(context: ssl.SSLContext, credentials: Credentials) -> None:
    """Raises KeyFileError for a key that OpenSSL does not take."""
    content = (credentials.chain_pem() + credentials.key.to_pem()).encode("ascii")
    try:
        _load(context, content)
    except ssl.SSLError as error:
        raise KeyFileError(f"OpenSSL does not take this certificate: {error.reason or error}") from None


def _load(context: ssl.SSLContext, content: bytes) -> None:
    handle = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        os.write(handle, content)
        context.load_cert_chain(f"/proc/self/fd/{handle}")
    finally:
        os.close(handle)
