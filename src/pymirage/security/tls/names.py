"""Which certificate for which name (RFC 6066 §3): exact names, then wildcards, then the first of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar, final

from pymirage.security.x509.general_name import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymirage.security.x509.certificate import Certificate

T = TypeVar("T")


@final
class Names(Generic[T]):
    def __init__(self, held: Sequence[tuple[Certificate, T]]) -> None:
        self._first = held[0][1]
        self._by_name: dict[str, T] = {}
        for certificate, value in held:
            for each in certificate.alternative_names:
                if each.kind is Kind.DNS:
                    self._by_name.setdefault(str(each.value).lower(), value)

    def find(self, name: str | None) -> T:
        wanted = (name or "").lower().removesuffix(".")
        exact = self._by_name.get(wanted)
        if exact is not None:
            return exact
        return self._by_name.get("*." + wanted.partition(".")[2], self._first)
