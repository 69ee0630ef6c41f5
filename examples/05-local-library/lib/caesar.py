"""Caesar's cipher."""

ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def shift(text: str, distance: int) -> str:
    """Every letter moved on by `distance` places in the alphabet."""
    return text.translate(str.maketrans(ALPHABET, ALPHABET[distance:] + ALPHABET[:distance]))
