"""The names in a generated program: what it imports, and names for the rest that nothing else has."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable


class Names:
    """Hands out names. `reserved` are those that every program has."""

    def __init__(self, reserved: Iterable[str]) -> None:
        self._taken = {*reserved, *keyword.kwlist, *keyword.softkwlist, *dir(builtins)}
        self._imports: dict[tuple[str, str], str] = {}

    def new(self, wanted: str) -> str:
        """The name that is wanted, or one like it."""
        text = "".join(letter if letter.isalnum() else "_" for letter in wanted)
        name, number = text, 1
        while name in self._taken:
            number += 1
            name = f"{text}_{number}"
        self._taken.add(name)
        return name

    def imported(self, module: str, name: str) -> str:
        """What a name of a module is called here; it is imported when it was not."""
        if (module, name) not in self._imports:
            self._imports[module, name] = self.new(name)
        return self._imports[module, name]

    def import_lines(self, always: dict[str, list[str]]) -> list[str]:
        """One line for each module: pymirage's first, then the project's and its packages'."""
        names = {module: list(each) for module, each in always.items()}
        for (module, name), alias in self._imports.items():
            names.setdefault(module, []).append(f"{name} as {alias}" if alias != name else name)
        lines = {
            module: f"from {module} import {', '.join(sorted(names[module]))}" for module in sorted(names)
        }
        own = [line for module, line in lines.items() if module.startswith("pymirage.")]
        others = [line for module, line in lines.items() if not module.startswith("pymirage.")]
        return [*own, "", *others]
