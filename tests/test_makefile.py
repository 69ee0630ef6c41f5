"""`make clean` removes what builds leave, and nothing else."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_clean(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    kept = [tmp_path / name for name in ("examples/a b/main.py", "bench/dist.py", "tests/_build.txt")]
    made = [tmp_path / name for name in ("examples/a b/_build/x", "bench/dist/_build/x", "site/x")]
    for path in (*kept, *made):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    subprocess.run(["make", "--silent", "clean"], cwd=tmp_path, check=True)
    assert all(path.is_file() for path in kept)
    assert not any(path.parent.exists() for path in made)
