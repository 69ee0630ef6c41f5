"""The same project gives the same image, wherever and whenever it is built, and by whomever."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests.boot_images.harness import Lab, runtime
from tests.boot_images.test_compiled import FILES

CONFIG = (
    'from pymirage.config import kv, unikernel\n\napp = unikernel("unikernel:main", kv.crunch("htdocs"))\n'
)
UNIKERNEL = (
    "from hot import core\nfrom pymirage.device import KeyValueReader\n\n\n"
    "async def main(site: KeyValueReader) -> None:\n    print({'b', 'a', 'c'}, core.report())\n"
)


def digest_of_build(lab: Lab, home: Path, *, seed: str, moment: int) -> str:
    """Builds from nothing but the runtime, with everything else as different as can be."""
    cache = home / "cache" / "pymirage"
    cache.mkdir(parents=True)
    base = runtime(lab.target)
    for directory in (base.base, base.root):
        place = cache / directory.parent.name
        place.mkdir()
        (place / directory.name).symlink_to(directory)
    project = lab.project({**FILES, "config.py": CONFIG, "unikernel.py": UNIKERNEL}, f"{home.name}/project")
    (project.directory / "htdocs").mkdir()
    for name in ("b", "a") if seed == "1" else ("a", "b"):
        (project.directory / "htdocs" / name).write_text(name)
    for path in project.directory.rglob("*"):
        os.utime(path, (moment, moment))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "PYTHONHASHSEED": seed,
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "TZ": "UTC" if seed == "1" else "Asia/Tokyo",
    }
    for verb in (["configure", "-t", lab.target], ["build"]):
        done = subprocess.run(
            [sys.executable, "-m", "pymirage", *verb],
            cwd=project.directory,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    # Beside an image of virtio lies what starts it elsewhere, which names its place.
    (image,) = (path for path in project.dist.iterdir() if path.suffix in ("", f".{lab.target}"))
    return hashlib.sha256(image.read_bytes()).hexdigest()


def test_two_places_two_times_one_image(lab: Lab) -> None:
    one = digest_of_build(lab, lab.directory / "one", seed="1", moment=1_000_000_000)
    two = digest_of_build(lab, lab.directory / "another" / "deeper", seed="2", moment=1_700_000_000)
    assert one == two
