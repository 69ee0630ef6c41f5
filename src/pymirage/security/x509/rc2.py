"""RC2 in CBC mode (RFC 2268), to read old PKCS #12 files: OpenSSL before 3 and Windows hid certificates so.

Not a protection, forty bits never were.
"""

from __future__ import annotations

from struct import pack, unpack

# RFC 2268 §2: a permutation of the octets out of the digits of pi.
_PI = bytes.fromhex(
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2"
    "179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82"
    "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626"
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7"
    "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec"
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731"
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9"
    "0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad"
)


def decrypt_cbc(key: bytes, bits: int, iv: bytes, data: bytes) -> bytes:
    """`bits`: the effective size of the key. `data` is whole blocks of 8 octets."""
    words = _expand(key, bits)
    previous, found = iv, b""
    for at in range(0, len(data), 8):
        block = data[at : at + 8]
        plain = _decrypt(words, block)
        found += bytes(one ^ other for one, other in zip(plain, previous, strict=True))
        previous = block
    return found


def _expand(key: bytes, bits: int) -> tuple[int, ...]:
    """§2."""
    size = len(key)
    octets = bytearray(key) + bytes(128 - size)
    for at in range(size, 128):
        octets[at] = _PI[(octets[at - 1] + octets[at - size]) & 0xFF]
    effective = (bits + 7) // 8
    octets[128 - effective] = _PI[octets[128 - effective] & 0xFF >> (-bits & 7)]
    for at in range(127 - effective, -1, -1):
        octets[at] = _PI[octets[at + 1] ^ octets[at + effective]]
    return unpack("<64H", octets)


def _decrypt(words: tuple[int, ...], block: bytes) -> bytes:
    """§4: five, six and five rounds of mixing, with mashing between."""
    state = list(unpack("<4H", block))
    at = 63
    for rounds in (5, 6, 5):
        if at != 63:
            for index in (3, 2, 1, 0):
                state[index] = state[index] - words[state[index - 1] & 63] & 0xFFFF
        for _ in range(rounds):
            for index, rotation in ((3, 5), (2, 3), (1, 2), (0, 1)):
                value = (state[index] >> rotation | state[index] << 16 - rotation) & 0xFFFF
                one, two, three = state[index - 1], state[index - 2], state[index - 3]
                state[index] = value - words[at] - (one & two) - (~one & three) & 0xFFFF
                at -= 1
    return pack("<4H", *state)
