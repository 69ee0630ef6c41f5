"""Durations: whole nanoseconds, written as people do: `500ms`, `1.5s`, `2m30s`."""

UNITS = {
    "d": 86_400_000_000_000,
    "h": 3_600_000_000_000,
    "m": 60_000_000_000,
    "s": 1_000_000_000,
    "ms": 1_000_000,
    "us": 1_000,
    "ns": 1,
}


def parse(text: str) -> int:
    """Nanoseconds of `text`, a sequence of numbers with units, largest unit first. Raises ValueError."""
    if text == "0":
        return 0
    total, at, previous = 0, 0, 2 * UNITS["d"]
    while at < len(text) or at == 0:
        number, at = _while(text, at, "0123456789.")
        unit, at = _while(text, at, "dhmsun")
        size = UNITS.get(unit, previous)
        if size >= previous:
            raise ValueError(text)
        total += _scaled(number, size)
        previous = size
    return total


def _while(text: str, at: int, characters: str) -> tuple[str, int]:
    end = at
    while end < len(text) and text[end] in characters:
        end += 1
    return text[at:end], end


def _scaled(number: str, size: int) -> int:
    """`number` times `size`, exactly; a fraction of a nanosecond is an error."""
    whole, _, fraction = number.partition(".")
    denominator = int("1" + "0" * len(fraction))
    nanoseconds, rest = divmod(int(whole + fraction) * size, denominator)
    if rest:
        raise ValueError(number)
    return nanoseconds


def format(nanoseconds: int) -> str:
    """The shortest text in whole units that `parse` reads back. Negative durations do not exist."""
    parts: list[str] = []
    for unit, size in UNITS.items():
        count, nanoseconds = divmod(nanoseconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0"
