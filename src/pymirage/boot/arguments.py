"""Key values from a boot command line: `--name=value`, `--name value`, `--flag`, `--no-flag`.

The same on every target; the environment is consulted for keys that name a variable and are not given.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, final

from pymirage.boot.error import BootError
from pymirage.boot.key import Key
from pymirage.boot.nearest import did_you_mean

V = TypeVar("V")
Keys = Sequence[Key[Any]]

HELP, VERSION, LOGS = "help", "version", "logs"
RESERVED = {HELP: "-h", VERSION: "", LOGS: "-l"}
"""Options that every image has, with their short forms; no key can have these names."""


@final
class Arguments:
    """The value of every key, typed by the key: `arguments[PORT]` is an int when PORT is a `Key[int]`."""

    def __init__(
        self,
        values: Mapping[str, object],
        options: Mapping[str, str | None],
        attached: Mapping[str, str] | None = None,
    ) -> None:
        self._values = values
        self._attached = attached or {}
        self.options = options
        """Which of the options that every image has were given (see RESERVED), and their values."""

    def __getitem__(self, key: Key[V]) -> V:
        return self._values[key.name]  # type: ignore[return-value]  # `parse` put the kind's own value there

    def attached(self, name: str) -> str:
        """The host's device or file that was attached as `name`, on the host's Python only."""
        if name not in self._attached:
            raise BootError(f"device {name!r} is not attached: add --net:{name}=... or --block:{name}=...")
        return self._attached[name]


def parse(
    keys: Keys,
    line: Sequence[str],
    environment: Mapping[str, str],
    attached: Mapping[str, str] | None = None,
) -> Arguments:
    """Read every key's value. Raises BootError naming the key, the value and what was expected.

    With --help or --version nothing else is checked: they answer whatever else is wrong.
    """
    given, options = _Reader(keys, line).read()
    if HELP in options or VERSION in options:
        return Arguments({}, options)
    values = {key.name: _value(key, given.get(key.name), environment) for key in keys}
    return Arguments(values, options, attached)


@final
class _Reader:
    """Walks the words of a command line and collects the texts given for each key."""

    def __init__(self, keys: Keys, line: Sequence[str]) -> None:
        self._keys = {key.name: key for key in keys}
        self._words = list(line)
        self._given: dict[str, list[str]] = {}
        self._options: dict[str, str | None] = {}

    def read(self) -> tuple[dict[str, list[str]], dict[str, str | None]]:
        while self._words:
            word = self._words.pop(0)
            if word == "-h":
                self._options[HELP] = None
            elif word.startswith("-l"):
                self._option(LOGS, word[2:] or None)
            elif word.startswith("--") and word != "--":
                name, equals, text = word[2:].partition("=")
                self._long(name, text if equals else None)
            else:
                raise BootError(f"unexpected argument {word!r}: keys are given as --name=value, see --help")
        return self._given, self._options

    def _long(self, name: str, text: str | None) -> None:
        key = self._keys.get(name)
        if key is not None:
            self._key(key, text)
        elif name in (HELP, VERSION):
            self._options[name] = None
        elif name == LOGS:
            self._option(name, text)
        elif name.startswith("no-") and self._is_flag(name[3:]) and text is None:
            self._give(self._keys[name[3:]], "false")
        else:
            known = [f"--{known}" for known in (*self._keys, *RESERVED)]
            hint = did_you_mean(f"--{name}", known, "see --help")
            raise BootError(f"unknown option --{name}: {hint}")

    def _is_flag(self, name: str) -> bool:
        key = self._keys.get(name)
        return key is not None and key.kind.flag and not key.is_repeated

    def _key(self, key: Key[Any], text: str | None) -> None:
        if text is None:
            text = "true" if self._is_flag(key.name) else self._next(key.name, key.kind.expected)
        self._give(key, text)

    def _next(self, name: str, expected: str) -> str:
        """The following word is the value, negative numbers included."""
        if not self._words or self._words[0].startswith("--"):
            raise BootError(f"--{name} needs a value: expected {expected}")
        return self._words.pop(0)

    def _give(self, key: Key[Any], text: str) -> None:
        texts = self._given.setdefault(key.name, [])
        if texts and not key.is_repeated:
            raise BootError(f"--{key.name} is given twice ({texts[0]!r} and {text!r}): give it once")
        texts.append(text)

    def _option(self, name: str, text: str | None) -> None:
        if name in self._options:
            raise BootError(f"--{name} is given twice: give it once, separated by commas")
        self._options[name] = self._next(name, "levels such as net:debug,*:info") if text is None else text


def _value(key: Key[Any], texts: list[str] | None, environment: Mapping[str, str]) -> object:
    source = f"--{key.name}"
    if texts is None and key.environment is not None and key.environment in environment:
        source = f"{key.environment} (for --{key.name})"
        texts = environment[key.environment].split() if key.is_repeated else [environment[key.environment]]
    if texts is None:
        if key.is_required:
            raise BootError(f"--{key.name} is required: expected {key.kind.expected}")
        return key.default
    values = tuple(_parse(key, text, source) for text in texts)
    return values if key.is_repeated else values[0]


def _parse(key: Key[Any], text: str, source: str) -> object:
    try:
        return key.kind.parse(text)
    except ValueError:
        raise BootError(f"bad value {text!r} for {source}: expected {key.kind.expected}") from None
