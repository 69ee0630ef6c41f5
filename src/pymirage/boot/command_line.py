"""A command line in one string: split and quoted by the rules of the POSIX shell (XCU 2.2 and 2.3).

A tender hands an image one string. Splitting follows the shell's quoting and none of its expansions:
backslash, single quotes, double quotes; `$`, `*` and `#` are ordinary characters.
"""

from pymirage.boot.error import BootError

_BLANKS = " \t\n"
_ESCAPED_IN_DOUBLE_QUOTES = '$`"\\'
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-")


def split(text: str) -> list[str]:
    """Split `text` into arguments. Raises BootError with the column of a quote that is never closed."""
    arguments: list[str] = []
    at = 0
    while True:
        while at < len(text) and text[at] in _BLANKS:
            at += 1
        if at == len(text):
            return arguments
        argument, at = _word(text, at)
        arguments.append(argument)


def _word(text: str, at: int) -> tuple[str, int]:
    """Read one word that begins at `at`; return it and where it ends."""
    word: list[str] = []
    while at < len(text) and text[at] not in _BLANKS:
        character = text[at]
        if character == "'":
            part, at = _single_quoted(text, at)
        elif character == '"':
            part, at = _double_quoted(text, at)
        elif character == "\\":
            part, at = _backslash(text, at)
        else:
            part, at = character, at + 1
        word.append(part)
    return "".join(word), at


def _backslash(text: str, at: int) -> tuple[str, int]:
    if at + 1 == len(text):
        raise BootError(f"command line ends in a backslash (column {at + 1}): remove it or quote it")
    following = text[at + 1]
    return "" if following == "\n" else following, at + 2


def _single_quoted(text: str, at: int) -> tuple[str, int]:
    end = text.find("'", at + 1)
    if end < 0:
        raise _unclosed(at)
    return text[at + 1 : end], end + 1


def _double_quoted(text: str, at: int) -> tuple[str, int]:
    part: list[str] = []
    position = at + 1
    while position < len(text):
        character = text[position]
        if character == '"':
            return "".join(part), position + 1
        following = text[position + 1 : position + 2]
        if character == "\\" and following == "\n":
            position += 2  # a line continuation is removed
        elif character == "\\" and following and following in _ESCAPED_IN_DOUBLE_QUOTES:
            part.append(following)
            position += 2
        else:
            part.append(character)
            position += 1
    raise _unclosed(at)


def _unclosed(at: int) -> BootError:
    return BootError(f"command line: the quote in column {at + 1} is never closed")


def quote(argument: str) -> str:
    """Quote one argument so that `split` gives it back: nothing where nothing is needed."""
    if argument and _PLAIN.issuperset(argument):
        return argument
    return "'" + argument.replace("'", "'\\''") + "'"


def join(arguments: list[str]) -> str:
    """The inverse of `split`."""
    return " ".join(map(quote, arguments))
