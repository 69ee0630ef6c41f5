"""Packages for an image: the wheels that `pylock.toml` names, by hash, unpacked into `_build/<target>`."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.pylock import Package, Pylock
from packaging.requirements import Requirement
from packaging.utils import InvalidWheelFilename, NormalizedName, canonicalize_name, parse_wheel_filename

from pymirage.tool.image import lock, pip
from pymirage.tool.image.error import ImageError
from pymirage.tool.image.plan import BuildPlan
from pymirage.tool.runtime import cache as runtime_cache

STAMP = ".wheels"


@dataclass(frozen=True, slots=True)
class Wheel:
    """One locked wheel."""

    package: NormalizedName
    version: str
    filename: str
    sha256: str


def vendor(plan: BuildPlan, python: str, cache: Path | None = None) -> Path | None:
    """The directory of the plan's packages, made anew when the lock has changed; None without packages."""
    if not plan.packages:
        return None
    wheels = locked_wheels(plan.packages, lock.read(plan.lock), python)
    directory = plan.directory / "packages"
    stamp = "".join(f"{wheel.sha256}  {wheel.filename}\n" for wheel in wheels)
    if not (directory / STAMP).is_file() or (directory / STAMP).read_text() != stamp:
        unpack_all(fetch(wheels, python, cache or runtime_cache.root()), directory, stamp)
    return directory


def locked_wheels(requirements: Sequence[str], locked: Pylock, python: str) -> list[Wheel]:
    """The wheels that `requirements` need, sorted. Raises when the lock does not answer for one of them."""
    by_name = {item.name: item for item in locked.packages}
    target = lock.environment(python)
    needed: dict[NormalizedName, Wheel] = {}
    waiting = []
    for text in requirements:
        requirement = lock.requirement(text)
        if lock.applies(requirement, target):
            check_covers(requirement, by_name.get(canonicalize_name(requirement.name)))
            waiting.append(canonicalize_name(requirement.name))
    while waiting:
        name = waiting.pop()
        if name not in needed:
            item = entry(by_name, name)
            needed[name] = pure_wheel(item)
            waiting += [canonicalize_name(each["name"]) for each in item.dependencies or ()]
    return [needed[name] for name in sorted(needed)]


def check_covers(requirement: Requirement, item: Package | None) -> None:
    fits = item is not None and item.version is not None
    if not fits or not requirement.specifier.contains(str(item and item.version), prereleases=True):
        raise ImageError(f"{lock.NAME} does not answer for {str(requirement)!r}; run `pymirage lock`")


def entry(by_name: Mapping[NormalizedName, Package], name: NormalizedName) -> Package:
    if name not in by_name:
        raise ImageError(f"{lock.NAME} lacks {name}, which another package needs; run `pymirage lock`")
    return by_name[name]


def pure_wheel(item: Package) -> Wheel:
    """The entry's wheel for every platform; source archives, directories and repositories do not count."""
    for wheel in item.wheels or ():
        digest = wheel.hashes.get("sha256")
        if is_pure(wheel.filename) and digest:
            return Wheel(item.name, str(item.version), wheel.filename, digest)
    raise ImageError(
        f"{lock.NAME}: {item.name} has no py3-none-any wheel with a SHA-256; "
        "an image takes packages of pure Python only"
    )


def is_pure(filename: str) -> bool:
    try:
        tags = parse_wheel_filename(filename)[3]
    except InvalidWheelFilename:
        return False
    return any(tag.abi == "none" and tag.platform == "any" and tag.interpreter == "py3" for tag in tags)


def fetch(wheels: Sequence[Wheel], python: str, cache: Path) -> list[Path]:
    """The wheels' files, from the cache or by pip; what is returned has the locked hash."""
    places = [cache / "wheels" / wheel.sha256 / wheel.filename for wheel in wheels]
    missing = [
        (wheel, place)
        for wheel, place in zip(wheels, places, strict=True)
        if not has_hash(place, wheel.sha256)
    ]
    if missing:
        (cache / "wheels").mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache / "wheels") as name:
            directory = Path(name)
            pip.download(
                [(wheel.package, wheel.version, wheel.sha256) for wheel, _ in missing], python, directory
            )
            for wheel, place in missing:
                if not has_hash(directory / wheel.filename, wheel.sha256):
                    raise ImageError(f"{wheel.filename}: pip delivered another file than {lock.NAME} names")
                place.parent.mkdir(parents=True, exist_ok=True)
                (directory / wheel.filename).replace(place)
    return places


def has_hash(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def unpack_all(wheels: Sequence[Path], directory: Path, stamp: str) -> None:
    """Fills `directory` or leaves it as it was: the wheels are unpacked beside it, then it is replaced."""
    partial = directory.with_name(f".{directory.name}.{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        for wheel in wheels:
            unpack(wheel, partial)
        (partial / STAMP).write_text(stamp)
        shutil.rmtree(directory, ignore_errors=True)
        partial.rename(directory)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ImageError(
                f"no space left to unpack the packages into {directory}: free some and build again"
            ) from error
        raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def unpack(wheel: Path, directory: Path) -> None:
    """A wheel is a ZIP archive (PEP 427); names that lead out of `directory` are refused."""
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            path = PurePosixPath(member.filename)
            if path.is_absolute() or ".." in path.parts or "\\" in member.filename:
                raise ImageError(f"{wheel.name} holds the name {member.filename!r}, which leads out of it")
            # Scripts, headers and data files are for installations.
            if not member.is_dir() and not path.parts[0].endswith(".data"):
                archive.extract(member, directory)
