"""Locking and vendoring: pip sees only a directory of wheels made here."""

import errno
import hashlib
from pathlib import Path

import pytest

from pymirage.tool.image import lock, pip, vendor
from pymirage.tool.image.error import ImageError
from pymirage.tool.image.plan import BuildPlan
from tests.tool.image.wheels import index, wheel

PYTHON = "3.13.5"


def plan(tmp_path: Path, *packages: str) -> BuildPlan:
    directory = tmp_path / "_build" / "unix"
    directory.mkdir(parents=True, exist_ok=True)
    return BuildPlan("hello", "unix", directory, tmp_path, (tmp_path,), packages=packages)


def write_lock(build: BuildPlan) -> str:
    lock.write(build.lock, lock.lock(build.packages, PYTHON))
    return build.lock.read_text()


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return index(tmp_path / "index", monkeypatch)


def test_lock_says_name_version_hash_and_no_local_address(tmp_path: Path, links: Path) -> None:
    content = wheel(links, "alpha", "1.0", ["beta>=2"]).read_bytes()
    wheel(links, "beta", "2.1")
    wheel(links, "beta", "1.0")
    text = write_lock(plan(tmp_path, "alpha"))
    assert str(links) not in text
    sha256 = hashlib.sha256(content).hexdigest()
    blake2 = hashlib.blake2b(content, digest_size=32).hexdigest()
    assert text.startswith(
        f"""\
lock-version = "1.0"
created-by = "pymirage"
requires-python = "==3.13.*"

[[packages]]
name = "alpha"
version = "1.0"
dependencies = [{{ name = "beta" }}]

[[packages.wheels]]
name = "alpha-1.0-py3-none-any.whl"
url = "https://files.pythonhosted.org/packages/{blake2[:2]}/{blake2[2:4]}/{blake2[4:]}/alpha-1.0-py3-none-any.whl"
size = {len(content)}
hashes = {{ sha256 = "{sha256}" }}

[[packages]]
name = "beta"
version = "2.1"
"""
    )


def test_locking_twice_writes_the_same(tmp_path: Path, links: Path) -> None:
    wheel(links, "alpha", "1.0")
    assert write_lock(plan(tmp_path, "alpha")) == write_lock(plan(tmp_path, "alpha"))


def test_markers_are_the_guest_s(tmp_path: Path, links: Path) -> None:
    """Whatever Python runs the tool: 3.13 on Linux decides."""
    wheel(
        links,
        "alpha",
        "1.0",
        ["new; python_version >= '3.13'", "old; python_version < '3.13'", "win; sys_platform == 'win32'"],
    )
    wheel(links, "new", "1.0")
    wheel(links, "old", "1.0")
    text = write_lock(plan(tmp_path, "alpha"))
    assert 'name = "new"' in text
    assert 'name = "old"' not in text and 'name = "win"' not in text


def test_extras(tmp_path: Path, links: Path) -> None:
    wheel(links, "alpha", "1.0", ["beta; extra == 'more'"], extras=["more"])
    wheel(links, "beta", "1.0")
    build = plan(tmp_path, "alpha[more]")
    assert 'dependencies = [{ name = "beta" }]' in write_lock(build)
    packages = vendor.vendor(build, PYTHON, tmp_path / "cache")
    assert packages is not None and (packages / "beta" / "__init__.py").is_file()


def test_vendor_unpacks_what_is_locked(tmp_path: Path, links: Path) -> None:
    files = {"alpha/__init__.py": "x = 1\n", "alpha-1.0.data/scripts/alpha": "#!python\n"}
    wheel(links, "alpha", "1.0", files=files)
    build = plan(tmp_path, "alpha>=1")
    write_lock(build)
    packages = vendor.vendor(build, PYTHON, tmp_path / "cache")
    assert packages == build.directory / "packages"
    assert (packages / "alpha" / "__init__.py").read_text() == "x = 1\n"
    assert not list(packages.glob("*.data"))


def test_vendor_needs_no_index_the_second_time(
    tmp_path: Path, links: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel(links, "alpha", "1.0")
    build = plan(tmp_path, "alpha")
    write_lock(build)
    vendor.vendor(build, PYTHON, tmp_path / "cache")
    monkeypatch.setattr(pip, "run", lambda *_: pytest.fail("pip was asked"))
    vendor.vendor(build, PYTHON, tmp_path / "cache")
    (build.directory / "packages" / vendor.STAMP).unlink()
    vendor.vendor(build, PYTHON, tmp_path / "cache")


def test_no_packages_no_lock(tmp_path: Path) -> None:
    assert vendor.vendor(plan(tmp_path), PYTHON, tmp_path / "cache") is None


def refused(build: BuildPlan, tmp_path: Path) -> str:
    with pytest.raises(ImageError) as caught:
        vendor.vendor(build, PYTHON, tmp_path / "cache")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_refuses_unlocked_and_stale(tmp_path: Path, links: Path) -> None:
    wheel(links, "alpha", "1.0")
    assert refused(plan(tmp_path, "alpha"), tmp_path) == "pylock.toml is missing; run `pymirage lock`"
    write_lock(plan(tmp_path, "alpha"))
    stale = "pylock.toml does not answer for {!r}; run `pymirage lock`"
    assert refused(plan(tmp_path, "alpha>=2"), tmp_path) == stale.format("alpha>=2")
    assert refused(plan(tmp_path, "alpha", "beta"), tmp_path) == stale.format("beta")


def test_refuses_another_content(tmp_path: Path, links: Path) -> None:
    wheel(links, "alpha", "1.0")
    build = plan(tmp_path, "alpha")
    write_lock(build)
    wheel(links, "alpha", "1.0", files={"alpha/__init__.py": "evil = True\n"})
    assert "another SHA-256 than pylock.toml" in refused(build, tmp_path)


@pytest.mark.parametrize(
    ("header", "filename"),
    [
        ("[[packages.wheels]]", "alpha-1.0-cp313-cp313-linux_x86_64.whl"),
        ("[packages.sdist]", "alpha-1.0.tar.gz"),
    ],
)
def test_refuses_what_is_not_a_pure_wheel(tmp_path: Path, links: Path, header: str, filename: str) -> None:
    wheel(links, "alpha", "1.0")
    build = plan(tmp_path, "alpha")
    text = write_lock(build).replace("[[packages.wheels]]", header)
    build.lock.write_text(text.replace("alpha-1.0-py3-none-any.whl", filename))
    assert refused(build, tmp_path).startswith("pylock.toml: alpha has no py3-none-any wheel")


def test_refuses_a_damaged_lock(tmp_path: Path) -> None:
    build = plan(tmp_path, "alpha")
    build.lock.write_text('lock-version = "1.0"\n[[packages]]\n')
    assert refused(build, tmp_path).startswith("pylock.toml is not a lock file")
    build.lock.write_text("no TOML")
    assert refused(build, tmp_path).startswith("pylock.toml is not a lock file")


def test_refuses_names_that_lead_out(tmp_path: Path, links: Path) -> None:
    wheel(links, "alpha", "1.0", files={"alpha/__init__.py": "", "../../outside.py": ""})
    build = plan(tmp_path, "alpha")
    write_lock(build)
    assert "leads out of it" in refused(build, tmp_path)
    assert not (build.directory / "packages").exists()


def test_lock_refuses_platform_wheels_and_sources(links: Path) -> None:
    wheel(links, "native", "1.0", tag="cp313-cp313-manylinux_2_17_x86_64")
    (links / "source-1.0.tar.gz").write_bytes(b"")
    for name in ("native", "source", "nowhere"):
        with pytest.raises(
            ImageError, match=rf"^{name}: no wheel for any platform \(py3-none-any\) was found"
        ):
            lock.lock([name], PYTHON)


def test_lock_refuses_bad_requirements(links: Path) -> None:
    with pytest.raises(ImageError, match="is not a requirement"):
        lock.lock(["not a requirement!"], PYTHON)
    with pytest.raises(ImageError, match="from an index only"):
        lock.lock([f"alpha @ file://{links}/alpha.whl"], PYTHON)


def test_lock_names_requirements_that_contradict(links: Path) -> None:
    for version in ("1.0", "2.0"):
        wheel(links, "beta", version)
    wheel(links, "alpha", "1.0", ["beta>=2"])
    contradicting = {
        ("beta<2", "beta>=2"): "config.py wants beta<2, but config.py wants beta>=2",
        ("alpha", "beta<2"): "config.py wants beta<2, but alpha 1.0 depends on beta>=2",
    }
    for requirements, named in contradicting.items():
        with pytest.raises(ImageError) as caught:
            lock.lock(requirements, PYTHON)
        assert str(caught.value) == f"requirements contradict each other: {named}; change one in config.py"


def test_full_disk_leaves_nothing_behind(
    tmp_path: Path, links: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel(links, "alpha", "1.0")
    build = plan(tmp_path, "alpha")
    write_lock(build)

    def full(_wheel: Path, directory: Path) -> None:
        (directory / "half").write_text("")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(vendor, "unpack", full)
    packages = build.directory / "packages"
    assert refused(build, tmp_path) == (
        f"no space left to unpack the packages into {packages}: free some and build again"
    )
    assert not list(build.directory.iterdir())
