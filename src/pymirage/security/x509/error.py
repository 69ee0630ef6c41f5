"""Why a certificate, a chain or a key is not taken."""

from __future__ import annotations

from enum import Enum

from pymirage.error import PeerError, UsageError


class Reason(Enum):
    """One of each kind of refusal, for counters and tests."""

    MALFORMED = "the certificate is not well formed"
    NO_ISSUER = "no chain leads to a trusted certificate"
    BAD_SIGNATURE = "a signature does not verify"
    WEAK_ALGORITHM = "a signature algorithm or key is not accepted"
    NOT_YET_VALID = "not valid yet"
    EXPIRED = "expired"
    NAME_CHAINING = "the issuer is somebody else"
    NO_CA = "a certificate that is no authority's signed another"
    PATH_TOO_LONG = "more authorities in between than one of them allows"
    KEY_USAGE = "the key is not meant for this"
    EXTENDED_KEY_USAGE = "the certificate is not meant for this"
    NAME_CONSTRAINTS = "a name is outside of what an authority may sign"
    CRITICAL_EXTENSION = "a critical extension is not known"
    EXTENSION = "an extension is against the profile"
    HOST_NAME = "the certificate is for another name"
    TOO_MUCH_WORK = "too many possible chains"


class CertificateError(PeerError):
    """The peer's certificate is refused."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason


class KeyFileError(UsageError):
    """A key or certificate file of ours cannot be used; the message says why."""
