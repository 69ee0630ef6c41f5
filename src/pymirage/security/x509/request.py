"""Certification requests (RFC 2986): what somebody wants an authority to sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymirage.security.asn1 import tag
from pymirage.security.asn1.error import EncodingError
from pymirage.security.asn1.reader import Reader
from pymirage.security.x509 import algorithm, extension, keys, name, oids, public_key
from pymirage.security.x509.error import CertificateError, Reason

if TYPE_CHECKING:
    from pymirage.security.x509.extension import Extension
    from pymirage.security.x509.general_name import GeneralName
    from pymirage.security.x509.name import Name
    from pymirage.security.x509.public_key import PublicKey


class Request(NamedTuple):
    """Holding one proves that who asks has the key. What it asks for is the authority's to judge."""

    subject: Name
    public_key: PublicKey
    extensions: tuple[Extension, ...]
    alternative_names: tuple[GeneralName, ...]


def parse(der: bytes) -> Request:
    """Raises CertificateError."""
    try:
        return _parse(der)
    except EncodingError as error:
        raise CertificateError(Reason.MALFORMED, str(error)) from None


def _parse(der: bytes) -> Request:
    outer = Reader(der)
    reader = outer.sequence()
    outer.finish()
    info = reader.raw()
    scheme = algorithm.parse(reader.raw())
    signature = reader.octets_of_bits()
    reader.finish()
    inner = Reader(info).sequence()
    inner.small(0)
    subject = name.parse(inner)
    key = public_key.parse(inner.raw())
    wanted = _extensions(inner.element(tag.context(0, constructed=True)))
    inner.finish()
    if scheme is None or not keys.verify(key, scheme, info, signature):
        raise CertificateError(Reason.BAD_SIGNATURE, f"the request of {subject}")
    names = [extension.alternative_names(e.value) for e in wanted if e.oid == oids.SUBJECT_ALT_NAME]
    return Request(subject, key, wanted, names[0] if names else ())


def _extensions(attributes: Reader) -> tuple[Extension, ...]:
    """RFC 2985 §5.4.2; other attributes are passed over."""
    found: tuple[Extension, ...] = ()
    while not attributes.at_end():
        each = attributes.sequence()
        if each.oid() == oids.EXTENSION_REQUEST:
            found = extension.parse_all(each.set())
    return found
