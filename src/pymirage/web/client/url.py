"""Addresses of the schemes http and https (RFC 9110 §4.2), and what relative ones mean (RFC 3986 §5.2)."""

from __future__ import annotations

from pymirage.error import UsageError
from pymirage.protocol.http import percent
from pymirage.protocol.http.host import is_host

PORTS = {"http": 80, "https": 443}
# What a target may hold besides unreserved characters; a percent sign is one of an encoding already.
_SAFE = b"/?:@!$&'()*+,;=%[]"
_SCHEME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789+-.")


class Url:
    """scheme: "http" or "https". host: without brackets. target: path and query, percent-encoded."""

    __slots__ = ("host", "port", "scheme", "target")

    def __init__(self, scheme: str, host: str, port: int, target: str) -> None:
        self.scheme = scheme
        self.host = host
        self.port = port
        self.target = target

    def origin(self) -> tuple[str, str, int]:
        """RFC 6454: what else is another server, which must not see what is meant for this one."""
        return self.scheme, self.host, self.port

    def authority(self) -> str:
        """As the field Host has it: without the scheme's own port."""
        return self.host_text() if self.port == PORTS[self.scheme] else f"{self.host_text()}:{self.port}"

    def host_text(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority()}{self.target}"


def parse(text: str) -> Url:
    """An absolute address. Raises UsageError that says what is wrong; the fragment is left out."""
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in PORTS:
        raise UsageError(f"{text!r}: an address begins with http:// or https://")
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    authority, target = rest[:end], rest[end:]
    if "@" in authority:
        raise UsageError("an address with a password in it: give the field authorization instead")
    host, port = _host_and_port(text, authority, PORTS[scheme])
    return Url(scheme, host, port, _target(target))


def join(base: Url, reference: str) -> Url:
    """What a reference found at `base` means: absolute, `//host/path`, `/path`, `path` or `?query`."""
    reference = reference.strip(" \t")
    if _scheme_of(reference):
        return parse(reference)
    if reference.startswith("//"):
        return parse(f"{base.scheme}:{reference}")
    path, question, query = reference.partition("#")[0].partition("?")
    base_path, base_question, base_query = base.target.partition("?")
    if not path:
        if not question:
            question, query = base_question, base_query
        path = base_path
    elif not path.startswith("/"):
        path = base_path[: base_path.rfind("/") + 1] + path
    return Url(base.scheme, base.host, base.port, _target(_without_dots(path) + question + query))


def _scheme_of(reference: str) -> str:
    """What is before the first colon, if it is a scheme."""
    scheme, colon, _ = reference.partition(":")
    lower = scheme.lower()
    return lower if colon and lower[:1].isalpha() and _SCHEME_LETTERS.issuperset(lower) else ""


def _host_and_port(text: str, authority: str, default: int) -> tuple[str, int]:
    try:
        octets = authority.encode("ascii")
    except UnicodeEncodeError:
        raise UsageError(f"{text!r}: write the host name in ASCII (xn--…)") from None
    host, _, port = authority.rpartition(":") if not authority.endswith("]") else (authority, "", "")
    if not host:
        host, port = authority, ""
    if not host or not is_host(octets):
        raise UsageError(f"{text!r}: {authority!r} is no host with an optional port")
    number = int(port) if port else default
    if not 0 < number < 65536:
        raise UsageError(f"{text!r}: {number} is no port")
    return host.strip("[]").lower(), number


def _target(text: str) -> str:
    """Path and query without the fragment, encoded where they are not."""
    text = text.partition("#")[0]
    if not text.startswith("/"):
        text = f"/{text}"
    return percent.encode(text.encode("utf-8", "replace"), _SAFE)


def _without_dots(path: str) -> str:
    """RFC 3986 §5.2.4."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments and segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
