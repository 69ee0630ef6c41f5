"""`pylock.toml` (PEP 751): exactly which wheels an image's packages are, by version and SHA-256.

The file belongs to the project, beside its config.py, and wants to be committed: it is what makes a build
today and a build in a year the same. It covers the packages of all targets that are configured.

PEP 751 wants an address for every wheel. Whichever index or mirror delivered it, we write PyPI's: PyPI files
are addressed by the BLAKE2 hash of their content, so it follows from the wheel. A package that is only on a
private index gets an address that leads nowhere; `build` finds wheels by name, version and hash in the index
that pip is configured for, and never looks at it.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from packaging.markers import Environment, default_environment
from packaging.pylock import Package, PackageWheel, Pylock, PylockValidationError
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from pymirage.tool.image import pip
from pymirage.tool.image.error import ImageError

NAME = "pylock.toml"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A distribution that pip chose, and what it requires in turn."""

    name: NormalizedName
    version: str
    sha256: str
    requires: tuple[Requirement, ...]
    requires_python: str | None


def lock(requirements: Iterable[str], python: str) -> Pylock:
    """Resolves PEP 508 `requirements` for the guest's Python. Raises ImageError."""
    wanted = [requirement(text) for text in sorted(set(requirements))]
    chosen = resolve(wanted, python)
    kept = reachable(wanted, chosen, environment(python))
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        pins = [(chosen[name].name, chosen[name].version, chosen[name].sha256) for name in kept]
        if pins:
            pip.download(pins, python, directory)
        wheels = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in directory.glob("*.whl")}
        packages = [
            package(chosen[name], wheels[chosen[name].sha256], needs(chosen[name], extras, chosen, python))
            for name, extras in kept.items()
        ]
    minor = ".".join(python.split(".")[:2])
    return Pylock(
        lock_version=Version("1.0"),
        created_by="pymirage",
        requires_python=SpecifierSet(f"=={minor}.*"),
        packages=packages,
    )


def resolve(wanted: Sequence[Requirement], python: str) -> dict[NormalizedName, Candidate]:
    """pip's choice, repeated until nothing is missing.

    pip evaluates environment markers for the Python that runs it, not for the guest's, so it may leave out
    what only the guest needs: those requirements are added by hand, without their marker.
    """
    target = environment(python)
    asked = [str(item) for item in wanted if applies(item, target)]
    while True:
        chosen = candidates(pip.resolve(asked, python)) if asked else {}
        missing = [
            str(without_marker(needed))
            for item in chosen.values()
            for needed in item.requires
            if canonicalize_name(needed.name) not in chosen and needed_by(needed, item, asked, target)
        ]
        if not missing:
            return chosen
        asked += missing


def candidates(report: Sequence[Mapping[str, Any]]) -> dict[NormalizedName, Candidate]:
    found = {}
    for item in report:
        metadata, download = item["metadata"], item["download_info"]
        name = canonicalize_name(metadata["name"])
        digest = download.get("archive_info", {}).get("hashes", {}).get("sha256")
        if digest is None:
            raise ImageError(f"{name}: the index gives no SHA-256 for it, so it cannot be locked")
        requires = tuple(Requirement(text) for text in metadata.get("requires_dist", ()))
        found[name] = Candidate(name, metadata["version"], digest, requires, metadata.get("requires_python"))
    return found


def needed_by(needed: Requirement, item: Candidate, asked: Sequence[str], target: Environment) -> bool:
    """Whether `item` needs it on the guest, for the extras that were asked of it."""
    extras = {""}
    for text in asked:
        root = Requirement(text)
        if canonicalize_name(root.name) == item.name:
            extras |= root.extras
    return any(applies(needed, target, extra) for extra in extras)


def reachable(
    wanted: Sequence[Requirement], chosen: Mapping[NormalizedName, Candidate], target: Environment
) -> dict[NormalizedName, set[str]]:
    """The names that the guest needs, with the extras asked of each, sorted.

    pip may also have chosen some for the host's sake.
    """
    kept: dict[NormalizedName, set[str]] = {}
    waiting = [item for item in wanted if applies(item, target)]
    while waiting:
        item = waiting.pop()
        name = canonicalize_name(item.name)
        extras = {"", *item.extras}
        if name not in chosen or extras <= kept.get(name, set()):
            continue
        kept[name] = kept.get(name, set()) | extras
        waiting += [
            needed
            for needed in chosen[name].requires
            if any(applies(needed, target, extra) for extra in kept[name])
        ]
    return {name: kept[name] for name in sorted(kept)}


def needs(
    item: Candidate, extras: set[str], chosen: Mapping[NormalizedName, Candidate], python: str
) -> list[NormalizedName]:
    """The names of what `item` requires on the guest."""
    target = environment(python)
    names = {
        canonicalize_name(needed.name)
        for needed in item.requires
        if any(applies(needed, target, extra) for extra in extras)
    }
    return sorted(names & chosen.keys())


def package(item: Candidate, wheel: Path, names: Sequence[NormalizedName]) -> Package:
    content = wheel.read_bytes()
    return Package(
        name=item.name,
        version=Version(item.version),
        requires_python=SpecifierSet(item.requires_python) if item.requires_python else None,
        dependencies=[{"name": name} for name in names] or None,
        wheels=[
            PackageWheel(
                name=wheel.name,
                url=pypi_address(wheel.name, content),
                size=len(content),
                hashes={"sha256": item.sha256},
            )
        ],
    )


def pypi_address(name: str, content: bytes) -> str:
    """Where PyPI keeps a file of this content."""
    digest = hashlib.blake2b(content, digest_size=32).hexdigest()
    return f"https://files.pythonhosted.org/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{name}"


def requirement(text: str) -> Requirement:
    try:
        parsed = Requirement(text)
    except InvalidRequirement as error:
        first = str(error).splitlines()[0]
        raise ImageError(f"config.py: packages: {text!r} is not a requirement (PEP 508): {first}") from error
    if parsed.url is not None:
        raise ImageError(f"config.py: packages: {text!r}: an image takes packages from an index only")
    return parsed


def without_marker(item: Requirement) -> Requirement:
    copy = Requirement(str(item))
    copy.marker = None
    return copy


def applies(item: Requirement, target: Environment, extra: str = "") -> bool:
    return item.marker is None or item.marker.evaluate(cast("dict[str, str]", {**target, "extra": extra}))


def environment(python: str) -> Environment:
    """Environment markers (PEP 508) as an image's Python would answer."""
    target = default_environment()
    target["implementation_name"] = "cpython"
    target["implementation_version"] = python
    target["os_name"] = "posix"
    target["platform_machine"] = "x86_64"
    target["platform_python_implementation"] = "CPython"
    target["platform_release"] = target["platform_version"] = ""
    target["platform_system"] = "Linux"
    target["python_full_version"] = python
    target["python_version"] = ".".join(python.split(".")[:2])
    target["sys_platform"] = "linux"
    return target


def read(path: Path) -> Pylock:
    """The lock file at `path`. Raises ImageError."""
    import tomllib

    try:
        return Pylock.from_dict(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise ImageError(f"{path.name} is missing; run `pymirage lock`") from error
    except (tomllib.TOMLDecodeError, PylockValidationError, UnicodeDecodeError) as error:
        raise ImageError(f"{path.name} is not a lock file ({error}); run `pymirage lock`") from error


def write(path: Path, locked: Pylock) -> None:
    """Writes TOML by hand: the standard library only reads it, and this file's shape is fixed."""
    lines = [
        f"lock-version = {quoted(str(locked.lock_version))}",
        f"created-by = {quoted(locked.created_by)}",
        f"requires-python = {quoted(str(locked.requires_python))}",
    ]
    for item in locked.packages:
        lines += ["", "[[packages]]", f"name = {quoted(item.name)}", f"version = {quoted(str(item.version))}"]
        if item.requires_python is not None:
            lines.append(f"requires-python = {quoted(str(item.requires_python))}")
        if item.dependencies:
            inner = ", ".join(f"{{ name = {quoted(needed['name'])} }}" for needed in item.dependencies)
            lines.append(f"dependencies = [{inner}]")
        for wheel in item.wheels or ():
            lines += ["", "[[packages.wheels]]", f"name = {quoted(wheel.filename)}"]
            lines += [f"url = {quoted(wheel.url or '')}", f"size = {wheel.size}"]
            lines.append(f"hashes = {{ sha256 = {quoted(wheel.hashes['sha256'])} }}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def quoted(text: str) -> str:
    """A TOML basic string; names, versions, digests and addresses hold no control characters."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
