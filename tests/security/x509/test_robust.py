"""Certificates that are no certificates: refused with a reason, never with another exception."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pymirage.security.x509 import request
from pymirage.security.x509.build import verify
from pymirage.security.x509.certificate import Certificate
from pymirage.security.x509.create import request as make_request
from pymirage.security.x509.error import CertificateError, KeyFileError
from pymirage.security.x509.pkcs12 import load
from tests.chance import examples
from tests.security import certificates
from tests.security.certificates import NOW


@examples(400)
@given(st.data())
def test_damaged_certificates(data: st.DataObject) -> None:
    own = certificates.server("server.test", "*.server.test", "192.0.2.1")
    der = bytearray(own.chain[0].der)
    for _ in range(data.draw(st.integers(1, 3))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    if bytes(der) == own.chain[0].der:
        return
    try:
        verify(Certificate(bytes(der)), own.chain[1:], certificates.trust(), NOW, host="server.test")
    except CertificateError:
        return
    raise AssertionError(f"a damaged certificate is believed: {der.hex()}")


@examples(400)
@given(st.integers(0, 2000), st.binary(max_size=8))
@example(-2, b"\0\0")
def test_cut_certificates(at: int, more: bytes) -> None:
    own = certificates.server("server.test")
    der = own.chain[0].der
    cut = der[:at] + more
    if cut == der:
        return
    try:
        read = Certificate(cut)
    except CertificateError:
        return
    # As long as it was, with the last octets of its signature replaced: reads, and is not believed.
    assert len(cut) == len(der)
    with pytest.raises(CertificateError):
        verify(read, own.chain[1:], certificates.trust(), NOW, host="server.test")


@given(st.binary(max_size=100))
def test_octets(data: bytes) -> None:
    for read in (Certificate, request.parse):
        try:
            read(data)
        except CertificateError:
            continue
        raise AssertionError("read")
    try:
        load(data)
    except KeyFileError:
        return
    raise AssertionError("read")


@cache
def a_request() -> bytes:
    return make_request(certificates.server("server.test").key, ("server.test",))


@given(st.data())
def test_damaged_requests(data: st.DataObject) -> None:
    der = bytearray(a_request())
    der[data.draw(st.integers(0, len(der) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        request.parse(bytes(der))
    except CertificateError:
        return
    raise AssertionError(f"a damaged request is believed: {der.hex()}")
