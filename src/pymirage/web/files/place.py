"""From the path of a request to a key: what names something in the store, and nothing else does.

A path is cut at its slashes first and decoded then (RFC 3986 §2.4), so that no encoded slash makes a way.
Names that another program might read differently (a backslash, control characters, dot segments in any
spelling, octets that are no UTF-8, as overlong forms are) name nothing.
"""

from __future__ import annotations

from pymirage.protocol.http import percent

SAFE = b"!$&'()*+,;=:@"
"""What a name may hold unencoded besides unreserved characters: pchar of RFC 3986 §3.3."""
WELL_KNOWN = ".well-known"
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")


class Place:
    """A way through the store."""

    __slots__ = ("directory", "names")

    def __init__(self, names: tuple[str, ...], directory: bool) -> None:
        self.names = names
        self.directory = directory
        """Whether the path ended with a slash."""

    def key(self) -> str:
        return "/".join(self.names)

    def path(self) -> str:
        """The one spelling of the path that is ours."""
        return write(self.names, self.directory)


def locate(path: str, hidden: bool) -> Place | None:
    """What a path names; None when it can name nothing. `hidden`: whether names may begin with a dot."""
    if not path.startswith("/"):
        return None
    pieces = path[1:].split("/")
    directory = pieces[-1] == ""
    if directory:
        pieces.pop()
    names = []
    for piece in pieces:
        name = _name(piece)
        if name is None or (name[0] == "." and not hidden and name != WELL_KNOWN):
            return None
        names.append(name)
    return Place(tuple(names), directory)


def write(names: tuple[str, ...], directory: bool) -> str:
    """A path, encoded."""
    path = "".join(f"/{percent.encode(name.encode(), SAFE)}" for name in names)
    return f"{path}/" if directory else path


def _name(piece: str) -> str | None:
    """One name, decoded; None for what is none."""
    if "%" in piece and not all(
        _HEXADECIMAL.issuperset(each[:2]) and len(each) > 1 for each in _behind(piece)
    ):
        return None
    try:
        name = percent.decode(piece).decode("utf-8")
    except UnicodeDecodeError:
        return None
    if name in ("", ".", "..") or "/" in name or "\\" in name:
        return None
    return None if any(character < " " or character == "\x7f" for character in name) else name


def _behind(piece: str) -> list[str]:
    """What follows each percent sign."""
    return piece.split("%")[1:]
