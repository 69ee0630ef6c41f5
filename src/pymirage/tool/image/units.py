"""One C text for each hot module, which changes only with what it uses: the unit in which objects are cached.

mypyc's many-file mode shares one header among all modules of a group, and one table of literals whose indices
any change shifts. Here a text carries just those declarations that it reaches, and names each literal by what
it is. The group's own C file, compiled for each image anew, says where in its table that literal lies. Calls
between modules stay direct calls, because it is still one group; and small functions are inlined across
modules as if all were one text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mypyc.codegen import emitmodule
from mypyc.common import RUNTIME_C_FILES
from mypyc.namegen import exported_name

WORD = re.compile(r"[A-Za-z_]\w*")
LITERAL = re.compile(r"\bCPyStatics\[(\d+)\]")
LITERAL_NAME = re.compile(r"\bCPyStatic_literal_\w+")
# A native function: what it returns with its name and arguments, its name, its body.
DEFINITION = re.compile(
    r"^(?!static|extern)(\w[^\n;{}]*\b(CPyDef_\w+)\([^;{}\n]*\))\s*\{\n(.*?)^\}", re.M | re.S
)
# Statements above which the C compiler would not inline anyway; and how far calls are followed.
SMALL = 40
DEPTH = 2
# mypyc numbers them through the whole group.
TEMPORARY = re.compile(r"\b__(?:tmp|LL)\d+\b")


def split(generator: emitmodule.GroupGenerator) -> tuple[dict[str, str], dict[str, str]]:
    """The units by module, and the files of the group itself: what is left, with the headers whole."""
    files = generator.generate_c_for_modules()
    # mypyc puts the modules' files first. Names do not tell: a module may be called like the group.
    texts = dict(zip(generator.modules, (text for _, text in files), strict=False))
    literals = literal_names(generator.context.literals)
    declarations = Declarations(generator)
    bodies = {module: named(without_headers(text), literals) for module, text in texts.items()}
    small = small_functions(bodies, declarations)
    group = dict(files[len(texts) :])
    group[f"__native{generator.short_group_suffix}.c"] += "".join(
        f'asm(".globl {name}\\n.set {name}, CPyStatics + {index} * 8");\n'
        for index, name in sorted(literals.items())
    )
    return {module: unit(module, bodies, small, declarations) for module in texts}, group


def without_headers(text: str) -> str:
    _, _, body = text.partition('#include "__native_internal')
    return body.partition("\n")[2]


def named(body: str, literals: Mapping[int, str]) -> str:
    return LITERAL.sub(lambda found: f"{literals[int(found[1])]}[0]", body)


def unit(
    module: str, bodies: Mapping[str, str], small: Mapping[str, Function], declarations: Declarations
) -> str:
    body = bodies[module]
    body = renumbered(f"{borrowed(module, body, small)}{body}")
    used = sorted(set(LITERAL_NAME.findall(body)))
    externals = "".join(f"extern PyObject *{name}[1];\n" for name in used)
    return f"{declarations.headers(module)}{declarations.reached_by(body)}{externals}{body}"


def renumbered(body: str) -> str:
    numbers: dict[str, str] = {}
    return TEMPORARY.sub(lambda found: numbers.setdefault(found[0], f"__tmp{len(numbers)}"), body)


@dataclass(frozen=True, slots=True)
class Function:
    """A native function that may be inlined into other units."""

    module: str
    text: str
    words: frozenset[str]


def small_functions(bodies: Mapping[str, str], declarations: Declarations) -> dict[str, Function]:
    """Functions worth inlining elsewhere, which mention nothing that only their own unit has."""
    prefixes = tuple(f"{exported_name(module)}___" for module in bodies)
    found = {}
    for module, body in bodies.items():
        for match in DEFINITION.finditer(body):
            words = mentioned(match[0])
            private = {word for word in words - declarations.texts.keys() if any(p in word for p in prefixes)}
            if match[3].count(";") <= SMALL and not private:
                found[match[2]] = Function(module, match[0], frozenset(words))
    return found


def borrowed(module: str, body: str, small: Mapping[str, Function]) -> str:
    """Copies of other units' small functions for the compiler to inline and nothing else: gnu_inline."""
    chosen: set[str] = set()
    words = mentioned(body)
    for _ in range(DEPTH):
        more = {name for name in words & small.keys() if small[name].module != module} - chosen
        chosen |= more
        words = {word for name in more for word in small[name].words}
    return "".join(
        f"extern inline __attribute__((gnu_inline)) {small[name].text}\n" for name in sorted(chosen)
    )


class Declarations:
    """What a group declares, each thing with the names that its declaration mentions."""

    def __init__(self, generator: emitmodule.GroupGenerator) -> None:
        self.modules = generator.modules
        known = generator.context.declarations
        types = {name for name in known if known[name].is_type}
        ordered: dict[str, None] = {}
        begun: set[str] = set()

        def add(name: str) -> None:
            if name not in begun:
                begun.add(name)
                # mypyc does not say of an object which tuples its attributes are: the text does.
                types_within = types & mentioned("\n".join(known[name].decl))
                for dependency in sorted(known[name].dependencies | types_within):
                    add(dependency)
                ordered[name] = None

        # Types precede their uses; beyond that, the order must not tell which other modules there are.
        for name in sorted(known, key=lambda name: (not known[name].is_type, name)):
            add(name)
        self.texts = {
            name: "\n".join(known[name].decl)
            if known[name].is_type
            else "extern " + "\n".join(known[name].decl)
            for name in ordered
        }
        self.words = {name: mentioned(text) for name, text in self.texts.items()}

    def headers(self, module: str) -> str:
        """The headers behind the module's primitives, and behind the types that other modules may show it."""
        own = {module: self.modules[module]}
        files = emitmodule.collect_header_dependencies(self.modules, internal=False)
        files |= emitmodule.collect_header_dependencies(own, internal=True)
        return "".join(
            ["#include <Python.h>\n#include <CPy.h>\n", *(f'#include "{file}"\n' for file in sorted(files))]
        )

    def reached_by(self, body: str) -> str:
        needed: set[str] = set()
        waiting = mentioned(body) & self.texts.keys()
        while waiting:
            name = waiting.pop()
            needed.add(name)
            waiting |= (self.words[name] & self.texts.keys()) - needed
        return "".join(f"{text}\n" for name, text in self.texts.items() if name in needed)


def mentioned(text: str) -> set[str]:
    return set(WORD.findall(text))


def literal_names(literals: Any) -> dict[int, str]:
    """Names for the places of a group's table of literals, each made from the literal alone."""
    tables = (
        literals.str_literals,
        literals.bytes_literals,
        literals.int_literals,
        literals.float_literals,
        literals.complex_literals,
        literals.tuple_literals,
        literals.frozenset_literals,
    )
    values = [None, False, True, *(value for table in tables for value in table)]
    return {literals.literal_index(value): f"CPyStatic_literal_{digest(value)}" for value in values}


def digest(value: object) -> str:
    # A frozenset's order is the hash table's.
    text = f"frozenset{sorted(map(repr, value))}" if isinstance(value, frozenset) else repr(value)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def runtime(sources: list[str]) -> str:
    """mypyc's own library: what every group has, and what the modules' primitives need."""
    return "".join(f"#include <{name}>\n" for name in [*RUNTIME_C_FILES, *sources])
