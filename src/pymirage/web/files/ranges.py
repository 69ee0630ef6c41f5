# pymirage: hot
"""Parts of a value: the field Range, RFC 9110 §14.1.2 and §14.2."""

from typing import Final

NEAR: Final = 80
"""Gaps up to about the size of a part's own header fields are sent rather than skipped (§15.3.7.2)."""
LONGEST_NUMBER: Final = 18

Span = tuple[int, int]
"""First octet, and the one behind the last."""


def parse(field: bytes, size: int, most: int) -> list[Span] | None:
    """What is asked for of a value of `size` octets; [] when none of it is there (416).

    None when the field is to be ignored: other units, no grammar, or more ranges than `most`. Ranges that
    overlap or nearly touch become one; without such ones they stay in the order in which they were asked for.
    """
    unit, equals, text = field.decode("latin-1").partition("=")
    if unit.strip().lower() != "bytes" or not equals or text.count(",") >= most:
        return None
    spans: list[Span] = []
    for item in text.split(","):
        first, dash, last = item.strip().partition("-")
        if not dash or not (number(first) or number(last)):
            return None
        if (first and not number(first)) or (last and not number(last)):
            return None
        if not first:
            start, end = max(0, size - int(last)), size
        else:
            start, end = int(first), size
            if last:
                if int(last) < start:
                    return None
                end = min(int(last) + 1, size)
        if start < end:
            spans.append((start, end))
    return merged(spans)


def number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER


def merged(spans: list[Span]) -> list[Span]:
    """No two of them overlap, nor does it pay to send them apart."""
    together: list[Span] = []
    for start, end in sorted(spans):
        if together and start <= together[-1][1] + NEAR:
            before = together[-1]
            together[-1] = (before[0], max(before[1], end))
        else:
            together.append((start, end))
    return spans if len(together) == len(spans) else together
