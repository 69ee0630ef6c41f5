"""Object identifiers as dotted text: "2.5.4.3" (X.690 §8.19)."""

LONGEST = 64
"""Octets; the longest in use have 20."""


def encode(dotted: str) -> bytes:
    first, second, *arcs = map(int, dotted.split("."))
    return b"".join(map(_arc, (first * 40 + second, *arcs)))


def decode(value: bytes) -> str:
    """Raises ValueError."""
    if not value or len(value) > LONGEST or value[-1] & 0x80:
        raise ValueError("not an object identifier")
    arcs: list[int] = []
    arc = 0
    for octet in value:
        if arc == 0 and octet == 0x80:
            raise ValueError("an object identifier that could be shorter")
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def _arc(value: int) -> bytes:
    octets = [value & 0x7F]
    while value := value >> 7:
        octets.append(value & 0x7F | 0x80)
    return bytes(reversed(octets))
