"""Unpacking tarballs and copying trees of sources."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

from pymirage.tool.runtime.error import RuntimeBuildError


def unpack(
    tarball: Path, directory: Path, unwanted: tuple[str, ...] = (), wanted: tuple[str, ...] = ("",)
) -> Path:
    """Unpacks what begins with one of `wanted` and none of `unwanted`; answers the directory it holds."""
    with opened(tarball) as archive:
        tops = set()
        for member in archive:
            top, _, rest = member.name.partition("/")
            if not rest.startswith(wanted) or (unwanted and rest.startswith(unwanted)):
                continue
            tops.add(top)
            extract(archive, member, directory)
    if len(tops) != 1:
        raise RuntimeBuildError(f"{tarball} should hold one directory, not {sorted(tops)}")
    return directory / tops.pop()


def opened(tarball: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(tarball)
    except tarfile.ReadError as error:
        if "lzma" in str(error):
            remedy = "this Python was built without lzma; use your distribution's"
            raise RuntimeBuildError(f"cannot unpack {tarball}: {remedy}") from error
        raise RuntimeBuildError(f"cannot unpack {tarball}: {error}") from error


def extract(archive: tarfile.TarFile, member: tarfile.TarInfo, directory: Path) -> None:
    # Python 3.11's first releases lack the filter; the content is pinned by its hash in any case.
    if hasattr(tarfile, "data_filter"):
        archive.extract(member, directory, filter="data")
    else:
        archive.extract(member, directory)


def copy_tree(source: Path, target: Path) -> None:
    """Copies files over what is there already."""
    bytecode = shutil.ignore_patterns("__pycache__")
    shutil.copytree(source, target, dirs_exist_ok=True, copy_function=copy_content, ignore=bytecode)


def copy_content(source: str, target: str) -> str:
    # Without permissions and times: an installed copy may be read only.
    shutil.copyfile(source, target)
    Path(target).chmod(0o644)
    return target
