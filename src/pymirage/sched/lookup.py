"""Names and addresses as asyncio's functions want them, asked of the stacks' resolvers."""

from __future__ import annotations

import asyncio

from pymirage.net.resolver.answer import Answer, Outcome
from pymirage.sched.names import AF_INET, AF_INET6, AF_UNSPEC, SOCK_STREAM, numeric, service_port
from pymirage.sched.sockets import socket_name
from pymirage.wire import dns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pymirage.sched.sides import Sides

AI_NUMERICHOST = 4
NI_NUMERICHOST = 1
EAI_NONAME, EAI_AGAIN = -2, -3
KINDS = {AF_INET6: dns.AAAA, AF_INET: dns.A}


class Lookup:
    """getaddrinfo, getnameinfo, and their steps for those who connect."""

    def __init__(self, sides: Sides) -> None:
        self._sides = sides

    async def getaddrinfo(
        self, host: Any, port: Any, *, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> Any:
        number = service_port(port)
        addresses = await self.addresses(host, family, flags)
        kinds = [(1, 6), (2, 17)] if type == 0 else [(type, proto or (6 if type == SOCK_STREAM else 17))]
        return [
            (AF_INET if len(address) == 4 else AF_INET6, kind, protocol, "", socket_name(address, number))
            for address in addresses
            for kind, protocol in kinds
        ]

    async def getnameinfo(self, sockaddr: Any, flags: int = 0) -> Any:
        address = numeric(sockaddr[0])
        name = ""
        if not flags & NI_NUMERICHOST and address is not None:
            for resolving in self._sides.resolvers():
                name = name or await resolving.name_of(address)
        return name or sockaddr[0], str(sockaddr[1])

    async def addresses(self, host: Any, family: int = 0, flags: int = 0) -> list[bytes]:
        """The addresses of a host, best first (RFC 6724). Raises gaierror's like when there is none."""
        known = self.without_asking(host, family, flags)
        if known is not None:
            return known
        name = text_of_host(host)
        families = families_of(family)
        answers = await asyncio.gather(*[self.ask(name, one) for one in families])
        addresses = [address for answer in answers for address in answer.data]
        if not addresses:
            raise no_addresses(name, answers)
        return self._sides.in_order(addresses)

    def without_asking(self, host: Any, family: int = 0, flags: int = 0) -> list[bytes] | None:
        """The addresses of what is no name; None when a server must be asked."""
        text = text_of_host(host)
        if text == "":
            return [each for each in (bytes(16), bytes(4)) if family in (AF_UNSPEC, family_of(each))]
        found = numeric(text)
        if found is None:
            if flags & AI_NUMERICHOST:
                raise unknown(text)
            return None
        if family not in (AF_UNSPEC, family_of(found)):
            raise address_error(EAI_NONAME, f"{text} is an address of another IP version")
        return [found]

    async def ask(self, name: str, family: int) -> Answer:
        """One version's addresses of a name, of the first resolver that has any."""
        asked = dns.name_of(name)
        answer = None
        if isinstance(asked, tuple):
            for resolving in self._sides.resolvers():
                answer = await resolving.ask(asked, KINDS[family])
                if answer.data:
                    break
        return answer or Answer(Outcome.NO_NAME)


def families_of(family: int) -> list[int]:
    """The IP versions that an AF_ constant asks for."""
    return [one for one in KINDS if family in (AF_UNSPEC, one)]


def family_of(address: bytes) -> int:
    return AF_INET if len(address) == 4 else AF_INET6


def text_of_host(host: Any) -> str:
    """A host as asyncio takes it: text, octets, or nothing."""
    if host is None:
        return ""
    return host.decode("ascii") if isinstance(host, bytes) else str(host)


def no_addresses(name: str, answers: list[Answer]) -> OSError:
    """Why a name gave no address: servers said so, or none answered."""
    if any(answer.outcome in (Outcome.FAILED, Outcome.REFUSED) for answer in answers):
        return address_error(EAI_AGAIN, f"no DNS server could be asked for the name {name!r}")
    return unknown(name)


def unknown(name: str) -> OSError:
    return address_error(EAI_NONAME, f"the name {name!r} is not known")


def address_error(number: int, text: str) -> OSError:
    """What socket.gaierror is: images without the socket module have nothing to take it from."""
    try:
        from socket import gaierror
    except ImportError:
        return OSError(number, text)
    return gaierror(number, text)
