# pymirage: hot
"""Header and trailer fields: RFC 9110 §5.

Names are kept in lower case, received or our own: they compare without case (§5.1), and HTTP/2 demands it.
Values are octets; as text they are ISO 8859-1, the only decoding that loses none of them (§5.5).
"""

from typing import Final, final

from pymirage.error import UsageError
from pymirage.protocol.http.lines import Lines
from pymirage.protocol.http.octet import FIELD, TOKEN, consists_of

Pair = tuple[bytes, bytes]


@final
class Fields:
    """Name and value pairs in the order in which they were sent.

    pairs: names in lower case, both checked already; parsers give what they have proved. Everybody else
    adds by `add`, `set` and `of`, which refuse what would be read as another field or another message.
    """

    def __init__(self, pairs: list[Pair] | None = None) -> None:
        self.pairs: Final[list[Pair]] = [] if pairs is None else pairs
        self.lines: Lines | None = None
        """`pairs` as they are sent, where `writer.keep` made it, until they change."""

    @staticmethod
    def of(*pairs: tuple[str, str]) -> "Fields":
        """Fields.of(("content-type", "text/html"), ("etag", '"1"'))"""
        made = Fields()
        for name, value in pairs:
            made.add(name, value)
        return made

    # -- reading --

    def get(self, name: str, default: str = "") -> str:
        """The value; several lines are one list (RFC 9110 §5.3), except of set-cookie: see `all`."""
        found = self.find(name.lower().encode("latin-1"))
        return default if found is None else found.decode("latin-1")

    def all(self, name: str) -> list[str]:
        """The value of each line with this name."""
        wanted = name.lower().encode("latin-1")
        return [value.decode("latin-1") for key, value in self.pairs if key == wanted]

    def find(self, name: bytes) -> bytes | None:
        """As `get`, in octets; the name in lower case. None when there is no such field."""
        found: bytes | None = None
        for key, value in self.pairs:
            if key == name:
                found = value if found is None else found + b", " + value
        return found

    def __contains__(self, name: str) -> bool:
        wanted = name.lower().encode("latin-1")
        for key, _ in self.pairs:  # noqa: SIM110 (a generator is slower when compiled)
            if key == wanted:
                return True
        return False

    def __len__(self) -> int:
        return len(self.pairs)

    def items(self) -> list[tuple[str, str]]:
        return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.pairs]

    # -- writing --

    def add(self, name: str, value: str) -> None:
        """One more line. Raises UsageError for what no field can hold, line ends above all."""
        self.pairs.append(checked(name, value))
        self.lines = None

    def extend(self, others: "Fields") -> None:
        """All lines of others behind these."""
        self.pairs.extend(others.pairs)
        self.lines = None

    def set(self, name: str, value: str) -> None:
        """This line instead of all with its name."""
        pair = checked(name, value)
        self.remove(name)
        self.pairs.append(pair)
        self.lines = None

    def remove(self, name: str) -> None:
        """Without any line of that name."""
        wanted = name.lower().encode("latin-1")
        kept = [pair for pair in self.pairs if pair[0] != wanted]
        if len(kept) != len(self.pairs):
            self.pairs.clear()
            self.pairs.extend(kept)
            self.lines = None

    def copy(self) -> "Fields":
        return Fields(self.pairs.copy())

    def __repr__(self) -> str:
        return f"Fields({self.pairs!r})"


def checked(name: str, value: str) -> Pair:
    """Both as octets. Raises UsageError when they cannot be sent as they are."""
    try:
        key = name.lower().encode("ascii")
        octets = value.encode("latin-1")
    except UnicodeEncodeError:
        raise UsageError(f"field {name!r}: {value!r} is not ISO 8859-1: encode it yourself") from None
    if not key or not consists_of(TOKEN, key):
        raise UsageError(f"{name!r} is no field name: letters, digits and !#$%&'*+-.^_`|~ only")
    if not consists_of(FIELD, octets):
        raise UsageError(f"field {name!r}: control characters in the value {value!r}")
    return key, octets.strip(b" \t")
