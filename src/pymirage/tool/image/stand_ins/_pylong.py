"""Arithmetic of huge integers, which CPython's `int` hands to this module beyond some 9000 bits.

The standard library's version is asymptotically faster and imports `decimal`, a quarter of a megabyte of C.
This one only cuts numbers into pieces that the interpreter handles by itself.
"""

# Below these sizes the interpreter does not call here (Objects/longobject.c).
_CHUNK_BITS = 4000
_CHUNK_DIGITS = 1000


def int_divmod(a: int, b: int) -> tuple[int, int]:
    """`divmod` by long division, a chunk of bits at a time."""
    if b < 0:
        quotient, remainder = int_divmod(-a, -b)
        return quotient, -remainder
    if a < 0:
        quotient, remainder = int_divmod(~a, b)
        return ~quotient, b + ~remainder
    quotient = remainder = 0
    mask = (1 << _CHUNK_BITS) - 1
    for shift in range(a.bit_length() // _CHUNK_BITS * _CHUNK_BITS, -1, -_CHUNK_BITS):
        digit, remainder = divmod(remainder << _CHUNK_BITS | (a >> shift) & mask, b)
        quotient = quotient << _CHUNK_BITS | digit
    return quotient, remainder


def int_to_decimal_string(n: int) -> str:
    """Decimal digits, by halves; the interpreter prints up to 30000 bits itself."""
    if n < 0:
        return "-" + int_to_decimal_string(-n)
    if n.bit_length() < 3 * _CHUNK_DIGITS:
        return str(n)
    # log10(2) > 0.3: the upper half is never empty.
    low_digits = n.bit_length() * 3 // 20
    high, low = divmod(n, 10**low_digits)
    return int_to_decimal_string(high) + int_to_decimal_string(low).rjust(low_digits, "0")


def int_from_string(s: str) -> int:
    """The number that decimal digits spell; underscores were checked by the caller."""
    return _from_digits(s.rstrip().replace("_", ""))


def _from_digits(s: str) -> int:
    if len(s) <= _CHUNK_DIGITS:
        return int(s)
    half = len(s) // 2
    power: int = 10**half
    return _from_digits(s[:-half]) * power + _from_digits(s[-half:])
