"""The generated pages of the reference, as Markdown: from `--help`, signatures and docstrings."""

from __future__ import annotations

import ast
import enum
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from types import ModuleType

import click

import pymirage.boot
import pymirage.config
import pymirage.device
from pymirage.boot.arguments import RESERVED
from pymirage.config import kinds
from pymirage.config.target import TARGETS
from pymirage.tool.main import VERBS
from pymirage.tool.main import pymirage as root

_WIDTH = 96
_FUNCTIONS = ("unikernel", "device", "key", "configure_key", "choice", "if_", "match_")


def command_line() -> str:
    """Every verb's own help."""
    lines = ["# Command line", "", *_fenced(_help(root, "pymirage")), ""]
    lines += [
        "Exit statuses: 0 done, 1 not done, 2 a wrong command line; `run` gives the unikernel's own.",
        "Errors are one line on standard error; `pymirage --debug VERB` shows where they come from.",
        "With `NO_COLOR`, or when piped, the output is plain.",
        "",
    ]
    for verb in VERBS:
        command = root.get_command(click.Context(root), verb)
        assert command is not None
        lines += [f"## {verb}", "", *_fenced(_help(command, f"pymirage {verb}")), ""]
        if isinstance(command, click.Group):
            for name, part in command.commands.items():
                lines += [f"### {verb} {name}", "", *_fenced(_help(part, f"pymirage {verb} {name}")), ""]
    return "\n".join(lines)


def configuration() -> str:
    """The names that config.py imports."""
    lines = ["# Configuration", "", *_docstring(pymirage.config), "", "## Functions", ""]
    for name in _FUNCTIONS:
        lines += _function(getattr(pymirage.config, name), name, "###")
    lines += [
        "`target` is a configure key that always exists: which target is configured.",
        "A configure key's `.is_(value)` is a condition for `if_`.",
        "",
        "## Kinds of keys",
        "",
        "| kind | value | on the command line |",
        "|---|---|---|",
        *_kinds(),
        "",
        "## Catalogue",
        "",
    ]
    for name, module in _catalogue():
        lines += [f"### {name}", "", *_docstring(module), ""]
        for function_name, function in _own_functions(module):
            lines += _function(function, f"{name}.{function_name}", "####")
    lines += ["## Targets", "", "| target | image | what it is |", "|---|---|---|"]
    lines += [f"| {name} | `dist/NAME{target.suffix}` | {target.help} |" for name, target in TARGETS.items()]
    return "\n".join([*lines, ""])


def devices() -> str:
    """The device signatures."""
    lines = ["# Devices", "", *_docstring(pymirage.device), ""]
    for name in pymirage.device.__all__:
        lines += _class(getattr(pymirage.device, name))
    return "\n".join(lines)


def boot() -> str:
    """What an application sees of how it was started."""
    lines = ["# Starting an image", "", *_docstring(importlib.import_module("pymirage.boot.start")), ""]
    lines += ["Every image has these options beside its keys:", ""]
    lines += [f"- `--{name}`{f', `{short}`' if short else ''}" for name, short in RESERVED.items()]
    lines += ["", "| status | meaning |", "|---|---|"]
    lines += [
        "| 0 | `main` returned |",
        "| 1 | the host failed (one line), or an exception that nobody caught (a traceback) |",
        "| 64 | a wrong command line; nothing was started |",
        "| 130 | interrupted by Ctrl-C (on the host's Python) |",
        "| 143 | the host asked for an end, as the power button of a machine does |",
        "| 255 | a machine fault; the faulting symbol is on the console |",
        "",
    ]
    command_lines = importlib.import_module("pymirage.boot.command_line")
    lines += ["## Command lines", "", *_docstring(command_lines), ""]
    lines += ["## Log levels", "", *_docstring(importlib.import_module("pymirage.boot.logs")), ""]
    lines += ["## Facts", "", *_docstring(pymirage.boot.Facts), ""]
    lines += [f"- `{name}`" for name in inspect.signature(pymirage.boot.Facts).parameters]
    return "\n".join([*lines, ""])


def cryptography() -> str:
    """The provider's contract, and the kinds of objects that it gives."""
    package = "pymirage.security.crypto"
    lines = ["# Cryptography", "", *_docstring(importlib.import_module(package)), ""]
    for name in ("contract", "aead", "cipher", "hash", "keys", "names", "error"):
        module = importlib.import_module(f"{package}.{name}")
        for each in vars(module).values():
            if inspect.isclass(each) and each.__module__ == module.__name__:
                lines += _class(each)
    return "\n".join([*lines, ""])


PAGES: dict[str, Callable[[], str]] = {
    "command-line.md": command_line,
    "configuration.md": configuration,
    "cryptography.md": cryptography,
    "devices.md": devices,
    "boot.md": boot,
}


def _help(command: click.Command, path: str) -> str:
    names = root.context_settings["help_option_names"]
    context = click.Context(command, info_name=path, terminal_width=_WIDTH, help_option_names=names)
    return command.get_help(context)


def _fenced(text: str, language: str = "text") -> list[str]:
    return [f"```{language}", *(line.rstrip() for line in text.rstrip().splitlines()), "```"]


def _docstring(thing: object) -> list[str]:
    return (inspect.getdoc(thing) or "").splitlines()


def _catalogue() -> Iterator[tuple[str, ModuleType]]:
    """The modules that `pymirage.config` re-exports, in its order."""
    for statement in ast.parse(inspect.getsource(pymirage.config)).body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "pymirage.config":
            for alias in statement.names:
                yield alias.name, importlib.import_module(f"pymirage.config.{alias.name}")


def _own_functions(module: ModuleType) -> Iterator[tuple[str, Callable[..., object]]]:
    for name, function in vars(module).items():
        if (
            inspect.isfunction(function)
            and function.__module__ == module.__name__
            and not name.startswith("_")
        ):
            yield name, function


def _function(function: Callable[..., object], name: str, heading: str) -> list[str]:
    return [
        f"{heading} {name}",
        "",
        *_fenced(_signature(name, function), "python"),
        "",
        *_docstring(function),
        "",
    ]


def _class(cls: type) -> list[str]:
    bases = [base.__name__ for base in cls.__bases__ if base.__module__.startswith("pymirage.")]
    inherits = f" ({', '.join(bases)})" if bases else ""
    lines = [f"## {cls.__name__}{inherits}", "", *(_docstring(cls) if cls.__doc__ else []), ""]
    if issubclass(cls, enum.Enum):
        lines += [*(f"- `{member.name}`" for member in cls), ""]
    for name, member in vars(cls).items():
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            lines += [f"**`{name}`**", "", *_docstring(member), ""]
        elif inspect.isfunction(member):
            prefix = "async " if inspect.iscoroutinefunction(member) else ""
            lines += [f"**`{prefix}{_signature(name, member)}`**", "", *_docstring(member), ""]
    return lines


class _Raw(str):
    """An annotation that is shown as it stands, without quotes."""

    def __repr__(self) -> str:
        return str(self)


def _signature(name: str, function: Callable[..., object]) -> str:
    """As in the source, without the modules in front of names and without `self`."""
    signature = inspect.signature(function)
    parameters = [
        each.replace(annotation=_raw(each.annotation))
        for each in signature.parameters.values()
        if each.name != "self"
    ]
    result = _raw(signature.return_annotation)
    text = str(signature.replace(parameters=parameters, return_annotation=result))
    return name + _wrapped(text) if len(name + text) > _WIDTH else name + text


def _raw(annotation: object) -> object:
    if annotation is inspect.Signature.empty:
        return annotation
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return _Raw(re.sub(r"\b(?:pymirage|collections|typing|ipaddress)(?:\.\w+)*\.(?=[A-Z])", "", text))


def _wrapped(text: str) -> str:
    """One parameter a line."""
    inside, _, result = text[1:].rpartition(")")
    parts = re.split(r", (?![^\[]*\])", inside)
    return "(\n" + "".join(f"    {part},\n" for part in parts) + ")" + result


def _kinds() -> Iterator[str]:
    simple = ["int", "bool", "str", "float"]
    for name in simple:
        kind = kinds.key_kind({"int": int, "bool": bool, "str": str, "float": float}[name])
        yield f"| `{name}` | `{name}` | {kind.kind.expected} |"
    yield f"| `duration` | `int`, nanoseconds | {kinds.key_kind(kinds.duration).kind.expected} |"
    yield '| `choice("a", "b")` | `str`, or `Literal["a", "b"]` | one of the words |'
    yield "| an `Enum` class | a member of it | the name of a member, in lower case |"
    yield "| a class of `ipaddress` | an object of it | an address, a prefix, an address with its prefix |"
    for name in ("address", "prefix", "interface"):
        kind = kinds.key_kind(getattr(kinds, name))
        types = " | ".join(each.removeprefix("ipaddress.") for each in kind.types).replace("|", "\\|")
        yield f"| `{name}` | `{types}` | {kind.kind.expected} |"
