"""The name that somebody who wrote another probably meant."""

from collections.abc import Iterable


def did_you_mean(word: str, words: Iterable[str], otherwise: str = "") -> str:
    """`did you mean …?` with the most similar of `words`; `otherwise` when none is similar."""
    from difflib import get_close_matches  # only needed to explain a mistake

    near = get_close_matches(word, list(words), 1)
    return f"did you mean {near[0]}?" if near else otherwise
