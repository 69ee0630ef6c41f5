"""Certificates, requests and key files: whatever the octets, a value or one of the named refusals.

A certificate that changed is never believed: every octet of it is signed, or is the signature.

python -m fuzz.certificates [seconds] [seed]
"""

from __future__ import annotations

import random
import sys
import time
from contextlib import suppress
from functools import cache

from fuzz.mutate import mutate
from pymirage.security.asn1 import ber
from pymirage.security.asn1.error import EncodingError
from pymirage.security.x509 import create, keys, pkcs12, private_key, request
from pymirage.security.x509.build import verify
from pymirage.security.x509.certificate import Certificate
from pymirage.security.x509.error import CertificateError, KeyFileError
from pymirage.security.x509.trust import Trust

NOW = 1_800_000_000
HOSTS = ("fuzz.test", "*.fuzz.test", "192.0.2.1", "2001:db8::1")


class Samples:
    """An authority with bounds, a certificate of it, a request and a key."""

    def __init__(self) -> None:
        key, own = keys.generate(), keys.generate()
        root = create.authority(key, "Fuzz", NOW, permitted=("fuzz.test",), excluded=("no.fuzz.test",))
        self.trust = Trust((root,))
        self.certificate = create.issue(keys.public_key_of(own), HOSTS, create.Signer(root, key), NOW)
        self.request = create.request(own, HOSTS)
        self.key = own.der


samples = cache(Samples)


def run(count: int, seed: int) -> int:
    """How many mutants were well formed."""
    chance = random.Random(seed)
    found = 0
    for _ in range(count):
        found += one(chance)
    return found


def one(chance: random.Random) -> int:
    held = samples()
    if chance.randrange(8) == 0:
        others(chance, held)
    der = mutate(held.certificate.der, chance)
    try:
        mutant = Certificate(der)
    except CertificateError:
        return 0
    try:
        verify(mutant, (), held.trust, NOW, host="a.fuzz.test")
    except CertificateError:
        return 1
    assert der == held.certificate.der, f"believed: {der.hex()}"
    return 1


def others(chance: random.Random, held: Samples) -> None:
    with suppress(CertificateError):
        request.parse(mutate(held.request, chance))
    data = mutate(held.key, chance)
    for read in (private_key.load, pkcs12.load, ber.to_der):
        try:
            read(data)
        except (KeyFileError, EncodingError):
            continue


def main(seconds: float, seed: int) -> None:
    ends = time.monotonic() + seconds
    done = formed = 0
    while time.monotonic() < ends:
        formed += run(200, seed + done)
        done += 200
    print(f"certificates: {done} mutants, {formed} well formed, none believed")


if __name__ == "__main__":
    main(float((sys.argv[1:] or ["60"])[0]), int((sys.argv[2:] or ["1"])[0]))
