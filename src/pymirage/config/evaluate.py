"""Running config.py: to get its values, and nothing else.

It runs with the project's directory on the import path, and leaves neither modules nor bytecode behind.
Whatever goes wrong in it becomes one line that begins with the place.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pymirage.boot.nearest import did_you_mean
from pymirage.config.error import ConfigError
from pymirage.config.kinds import CONFIG_MODULE
from pymirage.config.location import Location
from pymirage.config.value import Unikernel
from pymirage.error import UsageError

FILE = "config.py"


@dataclass(frozen=True)
class Configuration:
    """What config.py binds."""

    path: Path
    unikernels: dict[str, Unikernel]
    modules: tuple[Path, ...]
    """The files of the project that config.py imported."""

    def unikernel(self, name: str | None) -> tuple[str, Unikernel]:
        """The unikernel of this name, or the only one."""
        names = ", ".join(self.unikernels)
        if not self.unikernels:
            remedy = 'write for example  hello = unikernel("unikernel:main")'
            raise UsageError(f"{self.path.name}: no name is bound to a unikernel(...): {remedy}")
        if name is None and len(self.unikernels) > 1:
            raise UsageError(f"{self.path.name} has several unikernels: choose one with -u ({names})")
        if name is None:
            name = next(iter(self.unikernels))
        if name not in self.unikernels:
            hint = did_you_mean(name, self.unikernels, f"it has {names}")
            raise UsageError(f"{self.path.name} has no unikernel {name!r}: {hint}")
        return name, self.unikernels[name]


def evaluate(path: Path) -> Configuration:
    """Run the file and collect its unikernels by name. Raises UsageError with its one line."""
    try:
        source = path.read_bytes()
    except FileNotFoundError:
        message = (
            f"there is no {path.name} in {path.parent}: go to a project, or make one with `pymirage new`"
        )
        raise UsageError(message) from None
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read: {error.strerror}") from None
    bindings: dict[str, object] = {"__name__": CONFIG_MODULE, "__file__": str(path)}
    modules: list[Path] = []
    with _isolated(path.parent, modules):
        try:
            exec(compile(source, str(path), "exec", dont_inherit=True), bindings)
        except ConfigError:
            raise
        except SyntaxError as error:
            name = Path(error.filename or path).name
            raise UsageError(f"{name}:{error.lineno}: SyntaxError: {error.msg}") from None
        except (Exception, SystemExit) as error:
            raise ConfigError(_place(path, error), _one_line(error)) from error
    return Configuration(path, _unikernels(bindings), tuple(modules))


def _unikernels(bindings: dict[str, object]) -> dict[str, Unikernel]:
    """By the first public name that each is bound to."""
    unikernels: dict[str, Unikernel] = {}
    for name, value in bindings.items():
        if isinstance(value, Unikernel) and not name.startswith("_") and value not in unikernels.values():
            unikernels[name] = value
    return unikernels


def _place(path: Path, error: BaseException) -> Location | None:
    """The deepest line of config.py itself that led to the error."""
    import traceback

    lines = [
        entry.lineno for entry in traceback.extract_tb(error.__traceback__) if entry.filename == str(path)
    ]
    return Location(path.name, lines[-1]) if lines and lines[-1] is not None else None


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, UsageError):
        return text
    line = f"{type(error).__name__}: {text}" if text else type(error).__name__
    hint = _hint(error)
    return f"{line}: {hint}" if hint else line


def _hint(error: BaseException) -> str:
    """What a mistyped name of the catalogue probably means."""
    if isinstance(error, AttributeError) and isinstance(error.name, str):
        return did_you_mean(error.name, [name for name in dir(error.obj) if not name.startswith("_")])
    return ""


@contextmanager
def _isolated(directory: Path, imported: list[Path]) -> Iterator[None]:
    """Put the project on the import path; afterwards forget its modules, and say which they were."""
    path, modules, write = list(sys.path), set(sys.modules), sys.dont_write_bytecode
    sys.path.insert(0, str(directory))
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.path[:] = path
        sys.dont_write_bytecode = write
        for name in set(sys.modules) - modules:
            origin = getattr(sys.modules[name], "__file__", None)
            if origin is not None and Path(origin).is_relative_to(directory):
                imported.append(Path(origin))
                del sys.modules[name]
