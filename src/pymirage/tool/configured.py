"""Configuring: from config.py to the files in `_build/<target>`, and whether they are still true.

`main.py` is what `run` starts and, for the images, what `build` freezes. A target that runs on the
host's Python has a second program, `image.py`, for the executable, which stands on other drivers.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pymirage
from pymirage.boot import Facts
from pymirage.boot.arguments import parse
from pymirage.boot.error import BootError
from pymirage.boot.key import Key
from pymirage.config.error import ConfigError
from pymirage.config.evaluate import Configuration, evaluate
from pymirage.config.graph import Builder, Graph, all_packages, configure_keys
from pymirage.config.info import FACTS
from pymirage.config.keys import ConfigureKey
from pymirage.config.names import Sources
from pymirage.config.target import SOLO5, Target
from pymirage.config.value import Unikernel
from pymirage.error import UsageError
from pymirage.tool.error import MISUSE, ToolError
from pymirage.tool.packages import is_locked, packages_of, vendored
from pymirage.tool.project import Project, read_json, write

MAIN, IMAGE, MANIFEST, BUILD, STATE = "main.py", "image.py", "manifest.json", "build.json", "configure.json"


@dataclass(frozen=True)
class Request:
    """What is asked for. `options` are words `--name=value` for configure keys."""

    target: Target
    unikernel: str | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Configured:
    """A unikernel on a target, resolved and checked."""

    project: Project
    target: Target
    configuration: Configuration
    name: str
    unikernel: Unikernel
    graph: Graph
    """For the platform that `run` starts."""
    sources: Sources
    values: Mapping[str, object]
    """The configure keys' values by name."""
    facts: Facts

    def image_graph(self) -> Graph:
        """For the platform of the image. Raises ConfigError where only the host's Python can do."""
        if self.graph.platform == SOLO5:
            return self.graph
        return Builder(self.sources, self.target, SOLO5, self.values).build(self.name, self.unikernel)


def evaluated(project: Project) -> Configuration:
    """What config.py binds."""
    return evaluate(project.config)


def resolve(project: Project, request: Request) -> Configured:
    """Evaluate config.py and check everything, writing nothing."""
    configuration = evaluated(project)
    name, unikernel = configuration.unikernel(request.unikernel)
    values = _values(configure_keys(unikernel), request.options)
    sources = Sources(_roots(project, request.target))
    graph = Builder(sources, request.target, request.target.platform, values).build(name, unikernel)
    _check_files(project, graph)
    facts = Facts(name, _version(project), request.target.name, pymirage.__version__, graph.packages)
    return Configured(project, request.target, configuration, name, unikernel, graph, sources, values, facts)


def configure(project: Project, request: Request) -> Configured:
    """Resolve, and write the generated files."""
    from pymirage.config.program.emit import emit

    _unpack(project, request)
    done = resolve(project, request)
    directory = project.of_target(done.target)
    try:
        image: Graph | None = done.image_graph()
    except UsageError:
        image = None  # an executable cannot be built; `build` will say why, `run` need not care
    write(directory / MAIN, emit(done.graph, described(done, done.graph)))
    if done.target.runs_on_host and image is not None:
        write(directory / IMAGE, emit(image, described(done, image)))
    elif (directory / IMAGE).exists():
        (directory / IMAGE).unlink()
    write(directory / MANIFEST, _json(_manifest(done, image or done.graph)))
    write(directory / BUILD, _json(_build(done, image or done.graph)))
    write(directory / STATE, _json(_state(done, request)))
    return done


def described(done: Configured, graph: Graph) -> Facts:
    """The facts, with what `describe` prints where the program asks for it."""
    if not any(device.value.label == FACTS and device.value.options for device in graph.devices):
        return done.facts
    from pymirage.tool.describe.tree import tree
    from pymirage.tool.output import plain

    text = "".join(f"{plain(line)}\n" for line in tree(replace(done, graph=graph)))
    facts = done.facts
    return Facts(facts.name, facts.version, facts.target, facts.pymirage, facts.packages, text)


def _unpack(project: Project, request: Request) -> None:
    """A device of a package can only be checked when the package is there."""
    name, unikernel = evaluated(project).unikernel(request.unikernel)
    packages = all_packages(unikernel)
    if packages and is_locked(project):
        vendored(project, request.target, name, packages)


def is_stale(project: Project, request: Request) -> bool:
    """Whether the generated files no longer say what `configure` would write."""
    state = read_json(project.of_target(request.target) / STATE)
    wanted = {
        "pymirage": pymirage.__version__,
        "unikernel": request.unikernel,
        "options": list(request.options),
    }
    inputs = state.get("inputs")
    if any(state.get(name) != value for name, value in wanted.items()) or not isinstance(inputs, dict):
        return True
    return any(_digest(project.directory / path) != digest for path, digest in inputs.items())


def remembered(project: Project, target: Target) -> Request:
    """The request that configured a target last; else that for the target that was configured last."""
    state = read_json(project.of_target(target) / STATE)
    if not state:
        state = read_json(project.of_target(project.last_target()) / STATE)
    name, options = state.get("unikernel"), state.get("options")
    return Request(
        target,
        name if isinstance(name, str) else None,
        tuple(map(str, options)) if isinstance(options, list) else (),
    )


def request_for(
    project: Project, target: Target, unikernel: str | None = None, options: tuple[str, ...] = ()
) -> Request:
    """What a command line asks for; what it leaves out is as it was configured last."""
    before = remembered(project, target)
    if unikernel is not None and unikernel != before.unikernel:
        return Request(target, unikernel, options)
    return Request(target, before.unikernel, options or before.options)


def ensure(project: Project, target: Target, unikernel: str | None = None) -> Configured:
    """What is configured for a target, configured (again) where it is not or no longer."""
    request = request_for(project, target, unikernel)
    if is_stale(project, request):
        return configure(project, request)
    return resolve(project, request)


def _values(keys: tuple[ConfigureKey, ...], options: tuple[str, ...]) -> dict[str, object]:
    """The values of configure keys, read exactly as an image reads its boot command line."""
    boot_keys = [Key(key.name, key.kind.kind, default=key.default, help=key.help) for key in keys]
    try:
        arguments = parse(boot_keys, options, {})
    except BootError as error:
        raise ToolError(str(error).replace("see --help", _known(keys)), MISUSE) from None
    if arguments.options:
        raise ToolError(
            f"--{next(iter(arguments.options))} is an option of the image: give it to `run`", MISUSE
        )
    return {key.name: arguments[key] for key in boot_keys}


def _known(keys: tuple[ConfigureKey, ...]) -> str:
    if not keys:
        return "config.py has no configure keys (run-time keys go to `run` after --)"
    return f"the configure keys are {', '.join(key.name for key in keys)}"


def _roots(project: Project, target: Target) -> list[Path]:
    """Where sources are read: the project, its packages, this package, and what is installed beside it."""
    own = Path(pymirage.__file__).parent.parent
    installed = [Path(path) for path in sys.path if path.endswith("site-packages")]
    return list(dict.fromkeys([project.directory, packages_of(project, target), own, *installed]))


def _check_files(project: Project, graph: Graph) -> None:
    for device in graph.devices:
        for _, path in device.value.files:
            # A file, of those devices that name one themselves.
            if not (project.directory / path).is_dir() and not Path(path).is_file():
                where = f"{device.value.text}: there is no directory {path!r} beside {project.config.name}"
                raise ConfigError(device.value.location, f"{where}: make it, or correct the path")


def _version(project: Project) -> str:
    """The version in the project's pyproject.toml."""
    import tomllib

    try:
        table = tomllib.loads((project.directory / "pyproject.toml").read_text())
    except FileNotFoundError:
        return "0"
    except ValueError as error:
        raise ToolError(f"pyproject.toml cannot be read: {error}") from None
    version = table.get("project", {}).get("version", "0")
    return str(version)


def _manifest(done: Configured, graph: Graph) -> dict[str, object]:
    return {
        "type": "pymirage.manifest",
        "version": 1,
        "name": done.name,
        "target": done.target.name,
        "devices": [{"name": device.name, "type": device.type} for device in graph.attachments],
    }


def _build(done: Configured, graph: Graph) -> dict[str, object]:
    return {
        "name": done.name,
        "target": done.target.name,
        "entry": IMAGE if done.target.runs_on_host else MAIN,
        "sources": ["."],
        "crunch": dict(graph.files),
        "packages": list(graph.packages),
        "include": list(done.unikernel.include),
        "ports": sorted(_ports(graph)),
    }


def _ports(graph: Graph) -> set[int]:
    """Where it listens, to go by the names and defaults of its keys."""
    named = [key.default for key in graph.keys if key.name == "port" or key.name.endswith("-port")]
    return {default for default in named if isinstance(default, int) and 0 < default < 1 << 16}


def _state(done: Configured, request: Request) -> dict[str, object]:
    project = done.project
    generator = Path(pymirage.__file__).parent / "config" / "program"
    files = {
        *generator.glob("*.py"),
        project.config,
        project.directory / "pyproject.toml",
        *done.configuration.modules,
        *done.sources.read,
    }
    own = project.directory
    names = sorted(str(path.relative_to(own) if path.is_relative_to(own) else path) for path in files)
    return {
        "pymirage": pymirage.__version__,
        "name": done.name,
        "unikernel": request.unikernel,
        "options": list(request.options),
        "inputs": {name: _digest(project.directory / name) for name in names},
    }


def _digest(path: Path) -> str | None:
    """The content's SHA-256; None for a file that does not exist."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
