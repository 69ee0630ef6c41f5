"""A certificate (RFC 5280 §4.1). Holding one proves that it is well formed, nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from pymirage.security.asn1 import tag
from pymirage.security.asn1.error import EncodingError
from pymirage.security.asn1.reader import Reader
from pymirage.security.x509 import algorithm, extension, name, oids, public_key
from pymirage.security.x509.error import CertificateError, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymirage.security.x509.algorithm import Scheme
    from pymirage.security.x509.extension import (
        AuthorityKeyIdentifier,
        BasicConstraints,
        Extension,
        NameConstraints,
    )
    from pymirage.security.x509.general_name import GeneralName
    from pymirage.security.x509.name import Name
    from pymirage.security.x509.public_key import PublicKey

LARGEST = 1 << 18
"""Octets. Real ones have a few thousand, those with thousands of names a hundred thousand."""

V1, V3 = 0, 2


@final
class Certificate:
    """Equal when every octet is. Dates are seconds since 1970; both ends belong to the validity."""

    def __init__(self, der: bytes) -> None:
        """Raises CertificateError with MALFORMED."""
        try:
            self._read(der)
        except EncodingError as error:
            raise CertificateError(Reason.MALFORMED, str(error)) from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.der)

    def __repr__(self) -> str:
        return f"<certificate of {self.subject}, by {self.issuer}>"

    def self_issued(self) -> bool:
        return self.subject == self.issuer

    def is_authority(self) -> bool:
        return self.basic_constraints is not None and self.basic_constraints.ca

    def _read(self, der: bytes) -> None:
        if len(der) > LARGEST:
            raise EncodingError(f"a certificate of {len(der)} octets")
        self.der = der
        outer = Reader(der)
        reader = outer.sequence()
        outer.finish()
        self.tbs = reader.raw()
        signed_with = reader.raw()
        self.scheme: Scheme | None = algorithm.parse(signed_with)
        self.signature = reader.octets_of_bits()
        reader.finish()
        self._read_tbs(Reader(self.tbs).sequence(), signed_with)

    def _read_tbs(self, reader: Reader, signed_with: bytes) -> None:
        version = reader.explicit(0)
        self.version = V1 if version is None else version.small(V3)
        if version is not None:
            version.finish()
            if self.version == V1:
                raise EncodingError("a default value is left out")
        self.serial = reader.integer()
        # §4.1.1.2: inside and outside of what is signed they are the same.
        if reader.raw() != signed_with:
            raise EncodingError("two signature algorithms")
        self.issuer: Name = name.parse(reader)
        validity = reader.sequence()
        self.not_before, self.not_after = validity.time(), validity.time()
        validity.finish()
        self.subject: Name = name.parse(reader)
        self.public_key: PublicKey = public_key.parse(reader.raw())
        for number in (1, 2):  # unique identifiers, §4.1.2.8: nobody uses them
            if reader.peek() == tag.context(number):
                if self.version == V1:
                    raise EncodingError("version 1 has no unique identifiers")
                reader.bit_string(tag.context(number))
        written = reader.explicit(3)
        reader.finish()
        if written is not None and self.version != V3:
            raise EncodingError("only version 3 has extensions")
        found = () if written is None else extension.parse_all(written)
        self.extensions: Mapping[str, Extension] = {each.oid: each for each in found}
        self._read_extensions()

    def _read_extensions(self) -> None:
        """Those that verification looks at; None, or nothing, for one that is absent."""
        self.basic_constraints: BasicConstraints | None = None
        self.key_usage: int | None = None
        self.extended_key_usage: frozenset[str] | None = None
        self.name_constraints: NameConstraints | None = None
        self.alternative_names: tuple[GeneralName, ...] = ()
        self.subject_key_identifier: bytes | None = None
        self.authority_key_identifier: AuthorityKeyIdentifier | None = None
        for oid, each in self.extensions.items():
            value = each.value
            match oid:
                case oids.BASIC_CONSTRAINTS:
                    self.basic_constraints = extension.basic_constraints(value)
                case oids.KEY_USAGE:
                    self.key_usage = extension.key_usage(value)
                case oids.EXTENDED_KEY_USAGE:
                    self.extended_key_usage = extension.extended_key_usage(value)
                case oids.NAME_CONSTRAINTS:
                    self.name_constraints = extension.name_constraints(value)
                case oids.SUBJECT_ALT_NAME:
                    self.alternative_names = extension.alternative_names(value)
                case oids.SUBJECT_KEY_IDENTIFIER:
                    self.subject_key_identifier = extension.subject_key_identifier(value)
                case oids.AUTHORITY_KEY_IDENTIFIER:
                    self.authority_key_identifier = extension.authority_key_identifier(value)
                case oids.AUTHORITY_INFORMATION_ACCESS:
                    extension.information_access(value)
                case _:
                    pass
