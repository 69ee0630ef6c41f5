"""Which modules an image needs: everything reachable from its generated `main.py` by import statements.

First the graph of all imports is drawn, then modules that could not be imported are taken out of it (the
standard library's `ssl` where the runtime has no `_ssl`; who only *tries* `import ssl` goes without), and
what is still reachable is the closure. `policy` says which doors of the standard library stay closed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from pymirage.tool.image import policy
from pymirage.tool.image.error import ImageError
from pymirage.tool.image.guest import Compiled, Guest, Import, Request
from pymirage.tool.image.modules import Finder, Module, Origin

MAIN = "__main__"

# Subpackages of pymirage that run on the developer's machine only.
HOST_ONLY = frozenset({"pymirage.config", "pymirage.fleet", "pymirage.tool"})

# Docstrings are data to some applications and packages (command lines, ORMs, doctest-like registries), so
# theirs stay (-O); nothing in the standard library's or our own is read at run time (-OO).
OPTIMISE = {Origin.PROJECT: 1, Origin.PACKAGE: 1, Origin.PYMIRAGE: 2, Origin.STAND_IN: 2, Origin.STDLIB: 2}

HOT = b"# pymirage: hot"


@dataclass(frozen=True, slots=True)
class Edge:
    """One module asks for another: `required` when it cannot even be imported without."""

    target: str
    line: int
    required: bool
    # Not written inside `try: … except ImportError`: that it is missing is a mistake, not a choice.
    expected: bool


# Modules in the order in which they import each other, each with the import that asked for it.
Chain = list[tuple[str, Edge | None]]


@dataclass(slots=True)
class Node:
    """A module that something reachable mentions."""

    module: Module
    compiled: Compiled | None
    edges: list[Edge] = field(default_factory=list)

    @property
    def is_hot(self) -> bool:
        """Marked in its first five lines: compiled to native code by mypyc."""
        return self.compiled is not None and HOT in self.compiled.source.split(b"\n", 5)[:5]


@dataclass(frozen=True, slots=True)
class Closure:
    """The modules of an image, sorted by name; `left_out` are imports that were seen and not followed."""

    nodes: tuple[Node, ...]
    left_out: frozenset[str]

    def c_modules(self) -> tuple[str, ...]:
        return tuple(node.module.name for node in self.nodes if node.module.is_c)

    def hot(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if node.is_hot)

    def frozen(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if not node.module.is_c and not node.is_hot)


def compute(main: Module, include: tuple[str, ...], finder: Finder, guest: Guest) -> Closure:
    """The closure of the generated main module, of `include` and of what the interpreter itself imports."""
    finder.found[MAIN] = main
    roots = (MAIN, *policy.START, *include)
    for name in include:
        if finder.find(name) is None:
            raise ImageError(f"config.py: include={[name]}: there is no such module")
    graph = Graph(finder, guest)
    graph.draw(roots)
    graph.remove_broken()
    graph.check(roots)
    nodes = graph.reachable(roots)
    return Closure(tuple(nodes[name] for name in sorted(nodes)), frozenset(graph.left_out - nodes.keys()))


class Graph:
    """All modules that imports mention, with who imports whom."""

    def __init__(self, finder: Finder, guest: Guest) -> None:
        self.finder = finder
        self.guest = guest
        self.nodes: dict[str, Node] = {}
        self.broken: set[str] = set()
        self.left_out: set[str] = set()

    def draw(self, roots: tuple[str, ...]) -> None:
        waiting = deque(roots)
        while waiting:
            name = waiting.popleft()
            module = self.finder.find(name)
            if name in self.nodes or module is None:
                continue
            node = self.nodes[name] = self.read(module)
            waiting.extend(edge.target for edge in node.edges)

    def read(self, module: Module) -> Node:
        parent = module.name.rpartition(".")[0]
        edges = [Edge(parent, 0, True, True)] if parent else []
        if module.path is None:
            edges += [Edge(target, 0, False, False) for target in policy.C_IMPORTS.get(module.name, ())]
            return Node(module, None, edges)
        compiled = self.guest.compile(
            Request(module.path, module.name, module.is_package, module.filename, OPTIMISE[module.origin])
        )
        for found in compiled.imports:
            edges.extend(self.edges(module, found))
        edges += [Edge(target, 0, False, False) for target in policy.COMPUTED.get(module.name, ())]
        return Node(module, compiled, edges)

    def edges(self, importer: Module, found: Import) -> Iterator[Edge]:
        """The modules that one import statement asks for, less what policy cuts."""
        target = policy.PROVIDED.get(found.target, found.target)
        if found.unless and all(self.finder.find(policy.PROVIDED.get(name, name)) for name in found.unless):
            return
        soft = found.optional or found.conditional or bool(found.function) or bool(found.unless)
        expected = not found.optional and not found.unless
        for name in (target, *self.submodules(target, found.names)):
            if host_only(name):
                raise ImageError(
                    f"{importer.filename}:{found.line}: {name} is part of the tool and never in an image"
                )
            if soft and importer.origin.curated and self.is_cut(importer, name, found.function):
                self.left_out.add(name)
                continue
            yield Edge(name, found.line, not soft, expected)

    def is_cut(self, importer: Module, target: str, function: str) -> bool:
        return function in policy.COMMAND_LINES or policy.cut(importer.name, target)

    def submodules(self, target: str, names: tuple[str, ...]) -> list[str]:
        """`from package import name` imports the submodule, where there is one of that name."""
        package = self.finder.find(target)
        if package is None or not package.is_package:
            return []
        wanted = [
            policy.PROVIDED.get(f"{target}.{name}", f"{target}.{name}") for name in names if name != "*"
        ]
        return [name for name in wanted if self.finder.find(name) is not None]

    def remove_broken(self) -> None:
        """A module that requires a missing or broken one is broken."""
        importers: dict[str, set[str]] = {}
        for name, node in self.nodes.items():
            for edge in node.edges:
                if edge.required:
                    importers.setdefault(edge.target, set()).add(name)
        waiting = [target for target in importers if target not in self.nodes]
        while waiting:
            for importer in importers.get(waiting.pop(), set()) - self.broken:
                self.broken.add(importer)
                waiting.append(importer)

    def is_missing(self, name: str) -> bool:
        return name not in self.nodes or name in self.broken

    def reachable(self, roots: tuple[str, ...]) -> dict[str, Node]:
        reached: dict[str, Node] = {}
        waiting = deque(roots)
        while waiting:
            name = waiting.popleft()
            if name in reached:
                continue
            if self.is_missing(name):
                self.left_out.add(name)
                continue
            reached[name] = self.nodes[name]
            waiting.extend(edge.target for edge in self.nodes[name].edges)
        return reached

    def check(self, roots: tuple[str, ...]) -> None:
        """Raises for the first import that the application or pymirage would fail to do at run time."""
        for root in roots:
            if self.is_missing(root):
                raise self.explain([(root, None)])
        came_from: dict[str, Chain] = {root: [(root, None)] for root in roots}
        waiting = deque(roots)
        while waiting:
            name = waiting.popleft()
            node = self.nodes[name]
            strict = node.module.origin in (Origin.PROJECT, Origin.PYMIRAGE)
            for edge in node.edges:
                chain = [*came_from[name], (edge.target, edge)]
                if self.is_missing(edge.target):
                    if edge.required or (strict and edge.expected):
                        raise self.explain(chain)
                elif edge.target not in came_from:
                    came_from[edge.target] = chain
                    waiting.append(edge.target)

    def explain(self, chain: Chain) -> ImageError:
        """Follows broken modules to the one that is missing; names the line that asks for it."""
        chain = self.to_missing(chain)
        places = [
            f"{self.nodes[importer].module.filename}:{edge.line}"
            for (importer, _), (_, edge) in pairwise(chain)
            if edge is not None and edge.line
        ]
        missing = chain[-1][0]
        if not places:
            return ImageError(
                f"no module named {missing!r} in this runtime; `pymirage runtime build` renews it"
            )
        through = f" (imported through {' → '.join(places[:-1])})" if places[:-1] else ""
        importer = self.nodes[chain[-2][0]].module
        return ImageError(f"{places[-1]}: no module named {missing!r}{through}; {remedy(importer)}")

    def to_missing(self, chain: Chain) -> Chain:
        """The shortest way on from a broken module, over required imports, to a missing one."""
        waiting = deque([chain])
        seen: set[str] = set()
        while waiting:
            chain = waiting.popleft()
            node = self.nodes.get(chain[-1][0])
            if node is None:
                break
            for edge in node.edges:
                if edge.required and self.is_missing(edge.target) and edge.target not in seen:
                    seen.add(edge.target)
                    waiting.append([*chain, (edge.target, edge)])
        return chain


def remedy(importer: Module) -> str:
    if importer.origin.curated:
        return "this part of the standard library needs what an image does not have"
    return "write the module, or declare its package with packages=[…] in config.py and run `pymirage lock`"


def host_only(name: str) -> bool:
    return ".".join(name.split(".")[:2]) in HOST_ONLY


def main_module(path: Path) -> Module:
    """The generated start file, under the name that the runtime imports it by."""
    if not path.is_file():
        raise ImageError(f"{path} is missing; run `pymirage configure` again")
    return Module(MAIN, Origin.PROJECT, path, path.name)
