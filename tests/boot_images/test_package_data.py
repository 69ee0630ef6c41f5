"""Data files of packages: found by `importlib.resources` in an image as on a host."""

from __future__ import annotations

import json

import pytest

from tests.boot_images.harness import Lab

APP = {
    "app/__init__.py": "",
    "app/page.html": "<h1>$title</h1>\n",
    "app/py.typed": "",
    "app/.secret": "hidden\n",
    "app/texts/a.txt": "first\n",
    "app/texts/b.txt": "zweite: ö\n",
    "app/inner/__init__.py": "",
    "app/inner/table.csv": "1,2\n",
    "unikernel.py": """\
import importlib.resources
from importlib.resources import files
from string import Template

import app.inner

PAGE = Template(files("app").joinpath("page.html").read_text())


async def main() -> None:
    print(PAGE.substitute(title="built"), end="")
    texts = files(app) / "texts"
    print(sorted(each.name for each in files("app").iterdir()), texts.is_dir(), texts.is_file())
    print([each.read_text("utf-8") for each in texts.iterdir()])
    with (files("app.inner") / "table.csv").open(newline="") as table:
        print(table.readlines())
    print(importlib.resources.read_binary("app", "texts", "a.txt"))
    for missing in (texts / "c.txt", texts):
        try:
            missing.read_bytes()
        except OSError as error:
            print(type(error).__name__, error)
""",
}
SAID = """\
<h1>built</h1>
['inner', 'page.html', 'texts'] True False
['first\\n', 'zweite: ö\\n']
['1,2\\n']
b'first\\n'
FileNotFoundError [Errno 2] package data not in this image: 'app/texts/c.txt'
IsADirectoryError [Errno 21] package data is a directory: 'app/texts'
"""


@pytest.mark.parametrize("cold", [False, True], ids=["from memory", "cold"])
def test_data_files_of_packages(lab: Lab, cold: bool) -> None:
    if lab.target not in ("unix", "spt"):
        pytest.skip("the same table on every target")
    project = lab.project(APP)
    image = lab.build(project, cold=cold)
    boot = lab.boot(image)
    assert (boot.status, boot.console) == (0, SAID)
    parts = json.loads((project.build / lab.target / "size.json").read_text())["parts"]
    listed = {part["path"][-1]: part["size"] for part in parts if part["path"][0] == "files"}
    assert listed == {
        "app/page.html": 16,
        "app/texts/a.txt": 6,
        "app/texts/b.txt": 11,
        "app/inner/table.csv": 4,
    }


def test_what_nobody_can_ask_for_is_not_there(lab: Lab) -> None:
    if lab.target != "spt":
        pytest.skip("the same for every target")
    source = "import app\n\n\nasync def main() -> None:\n    pass\n"
    image = lab.build({**APP, "unikernel.py": source}).path.read_bytes()
    assert b"<h1>$title</h1>" not in image
    assert b"boot/resources.py" not in image
