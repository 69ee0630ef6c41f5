"""Importing a module that an image was built without: the error says how to get it.

An image holds what its imports say and little that only run-time decides, so a module that is named in a
string, or that the standard library rarely needs, may be missing. On a host the same import works, which
makes the plain "No module named 'x'" a riddle.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

# The import statement's own function (Lib/importlib/_bootstrap.py). `importlib.util.find_spec` does not come
# through it: who only asks whether there is such a module must be told no, by None.
_IMPORT = "_find_and_load_unlocked"


class Absent:
    """The last finder in `sys.meta_path`: what reaches it, nobody has."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: object = None) -> None:
        del path, target
        # This function < _find_spec < the one who asks.
        if sys._getframe(2).f_code.co_name == _IMPORT:
            _refuse(name)


def _refuse(name: str) -> NoReturn:
    message = f"No module named {name!r} in this image: add it with include=[{name!r}] in config.py"
    raise ModuleNotFoundError(message, name=name)


def install() -> None:
    """Explain every import that fails from now on."""
    sys.meta_path.append(Absent)
