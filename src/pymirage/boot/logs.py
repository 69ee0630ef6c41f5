"""Log levels by name: `net:debug,*:info` sets logger `net` and those below it to debug, the rest to info."""

import logging

from pymirage.boot.error import BootError

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "quiet": logging.CRITICAL + 1,
}
EVERYTHING = "*"


def parse(text: str) -> dict[str, int]:
    """Levels by logger name. A level alone is for everything."""
    levels: dict[str, int] = {}
    for part in text.split(","):
        name, colon, word = part.strip().rpartition(":")
        name = name if colon else EVERYTHING
        if word not in LEVELS or not name:
            expected = f"NAME:LEVEL with a level of {', '.join(LEVELS)}"
            raise BootError(f"bad value {part.strip()!r} for --logs: expected {expected}")
        if name in levels:
            raise BootError(f"--logs sets {name} twice: give each name once")
        levels[name] = LEVELS[word]
    return levels


def start(levels: dict[str, int]) -> None:
    """Print the records of these levels on the console."""
    level = levels.get(EVERYTHING, logging.WARNING)
    logging.basicConfig(format="%(levelname)-7s %(name)s: %(message)s", level=level)
    for name, level in levels.items():
        if name != EVERYTHING:
            logging.getLogger(name).setLevel(level)
