"""Authorities and certificates for tests, made once: nobody outside of a test believes them."""

from __future__ import annotations

import time
from functools import cache

from pymirage.security.x509 import create, keys, oids
from pymirage.security.x509.credentials import Credentials
from pymirage.security.x509.public_key import KeyKind
from pymirage.security.x509.trust import Trust

NOW = int(time.time())


@cache
def root(name: str = "Test Root") -> create.Signer:
    key = keys.generate(KeyKind.P256)
    return create.Signer(create.authority(key, name, NOW), key)


@cache
def intermediate(name: str = "Test Intermediate") -> create.Signer:
    key = keys.generate(KeyKind.P256)
    return create.Signer(create.authority(key, name, NOW, path_length=0, issuer=root()), key)


@cache
def server(
    *hosts: str, kind: KeyKind = KeyKind.P256, now: int = NOW, lifetime: int = create.YEAR
) -> Credentials:
    """Of the intermediate authority, for these hosts."""
    key = keys.generate(kind)
    issuer = intermediate()
    made = create.issue(keys.public_key_of(key), hosts, issuer, now, lifetime=lifetime)
    return Credentials((made, issuer.certificate), key)


@cache
def client(name: str = "client.test") -> Credentials:
    key = keys.generate(KeyKind.P256)
    issuer = intermediate()
    made = create.issue(keys.public_key_of(key), (name,), issuer, NOW, purposes=(oids.CLIENT_AUTH,))
    return Credentials((made, issuer.certificate), key)


def trust() -> Trust:
    return Trust((root().certificate,))
