"""What CPython's `ssl` lacks without files: a C module that exists in images only (runtime/python/tls)."""

import ssl

from typing_extensions import Buffer

def present(context: ssl.SSLContext, chain: tuple[bytes, ...], key: Buffer, /) -> None:
    """Gives the context its certificate, with those that signed it behind it, and its key in PKCS #8, in DER.

    Raises ValueError when OpenSSL takes one of them not, or the key is not the certificate's.
    """
