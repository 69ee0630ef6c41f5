"""What every image does, whatever runs in it."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from pymirage.tool.image import elf
from pymirage.tool.image.error import ImageError
from tests.boot_images.harness import Lab

UNIKERNEL = "async def main() -> None:\n"


def app(body: str, **files: str) -> dict[str, str]:
    """A project whose `main` is `body`, indented by four."""
    return {
        "unikernel.py": UNIKERNEL + body,
        **{name.replace("__", "."): text for name, text in files.items()},
    }


def test_prints_and_ends(lab: Lab) -> None:
    run = lab.boot(lab.build(app("    print('hello')\n")))
    assert (run.status, run.console) == (0, "hello\n")


def test_exception_has_a_traceback_with_relative_names(lab: Lab) -> None:
    run = lab.boot(lab.build(app("    import part\n    part.fail()\n", part__py="def fail():\n    1 / 0\n")))
    assert run.status == 1
    assert 'File "unikernel.py", line 3, in main\n' in run.console
    assert 'File "part.py", line 2, in fail\n' in run.console
    assert run.console.endswith("ZeroDivisionError: division by zero\n")


def test_module_that_was_left_out(lab: Lab) -> None:
    body = "    import importlib\n    importlib.import_module('chosen'.lower())\n"
    run = lab.boot(lab.build(app(body, chosen__py="")))
    assert run.status == 1
    hint = "No module named 'chosen' in this image: add it with include=['chosen'] in config.py\n"
    assert run.console.endswith(f"ModuleNotFoundError: {hint}")


def test_asking_for_such_a_module_is_no_error(lab: Lab) -> None:
    body = "    from importlib.util import find_spec\n    print(find_spec('chosen'.lower()))\n"
    assert lab.boot(lab.build(app(body, chosen__py=""))).console == "None\n"


def test_include(lab: Lab) -> None:
    config = (
        'from pymirage.config import unikernel\n\napp = unikernel("unikernel:main", include=["chosen"])\n'
    )
    body = "    import importlib\n    importlib.import_module('chosen'.lower())\n"
    image = lab.build({**app(body, chosen__py="print('chosen')\n"), "config.py": config})
    assert lab.boot(image).console == "chosen\n"


def test_module_that_does_not_exist_stops_the_build(lab: Lab) -> None:
    project = lab.project(app("    import nowhere\n"))
    with pytest.raises(ImageError, match=r"^unikernel\.py:2: no module named 'nowhere'"):
        lab.build(project)
    assert not project.dist.exists()


def test_holds_no_source_text(lab: Lab) -> None:
    image = lab.build(app("    # a remark that nobody prints\n    print('text')\n"))
    content = image.path.read_bytes()
    assert b"a remark" not in content
    assert b"text" in content
    # From the docstrings of asyncio and of pymirage.
    assert b"Run until the Future is done." not in content
    assert b"The two stages of an image." not in content


def test_segments_are_writable_or_executable(lab: Lab) -> None:
    image = elf.Elf(lab.build(app("    pass\n")).path.read_bytes())
    loads = [segment for segment in image.segments if segment.type == elf.PT_LOAD]
    assert {segment.flags for segment in loads} == {4, 5, 6, 0}
    assert all(segment.address >= 0x100000 for segment in loads)


def test_size_report_adds_up(lab: Lab) -> None:
    project = lab.project(app("    pass\n"))
    image = lab.build(project, cold=True)
    size = json.loads((project.build / lab.target / "size.json").read_text())
    assert size["total"] == image.path.stat().st_size == sum(part["size"] for part in size["parts"])
    assert all(part["size"] >= 0 for part in size["parts"])
    named = {part["path"][-1]: part["size"] for part in size["parts"]}
    assert named["ceval"] > 10_000 and named["asyncio.base_events"] > 10_000 and named["unikernel"] > 50
    assert "asyncio" in (project.build / lab.target / "size.html").read_text()
    assert size["total"] < 7.5 * 1024 * 1024


def test_embedded_files(lab: Lab) -> None:
    config = (
        "from pymirage.config import kv, unikernel\n\n"
        'app = unikernel("unikernel:main", kv.crunch("htdocs"))\n'
    )
    source = """\
from pymirage.device import KeyValueReader


async def main(site: KeyValueReader) -> None:
    from pymirage.driver.solo5 import _contract

    import hashlib
    for name, content, digest in _contract.crunched("htdocs"):
        print(name, len(content), hashlib.sha256(content).digest() == digest)
"""
    project = lab.project({"config.py": config, "unikernel.py": source})
    for name, content in {
        "index.html": b"<p>",
        "a/b/deep.bin": bytes(range(256)) * 100,
        "empty": b"",
    }.items():
        path = project.directory / "htdocs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    run = lab.boot(lab.build(project))
    assert run.console == "a/b/deep.bin 25600 True\nempty 0 True\nindex.html 3 True\n"


def test_huge_integers(lab: Lab) -> None:
    """CPython leaves these to a module of the standard library, which is replaced (stand_ins/_pylong.py)."""
    body = (
        "    import sys\n    sys.set_int_max_str_digits(0)\n"
        "    n = 7**9000\n    print(n // 3**5000 % 10**9, len(str(n)), int(str(n)) == n)\n"
    )
    n = 7**9000
    assert lab.boot(lab.build(app(body))).console == f"{n // 3**5000 % 10**9} 7606 True\n"


def test_no_system_call_instruction_in_the_image_of_a_machine(lab: Lab) -> None:
    if lab.target not in ("hvt", "virtio"):
        pytest.skip(f"{lab.target} images are for a Linux kernel")
    image = lab.build(app("    pass\n"))
    done = subprocess.run(
        ["objdump", "--disassemble", "--no-show-raw-insn", image.path],
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.findall(r"^ *[0-9a-f]+:\t(syscall|sysenter|int +\$0x80).*$", done.stdout, re.MULTILINE)
    assert done.stdout.count("\n") > 100_000
    assert found == []


def test_same_image_for_a_moved_project(lab: Lab) -> None:
    hot = "# pymirage: hot\ndef f(x: int) -> int:\n    return x\n"
    source = app("    import hot\n    print(hot.f(1))\n", hot__py=hot)
    images = [lab.build(lab.project(source, name)) for name in ("here", "there/deeper")]
    assert images[0].path.read_bytes() == images[1].path.read_bytes()


def test_rebuild_is_quick(lab: Lab, tmp_path: Path) -> None:
    """No timed test: it counts what would make it slow."""
    del tmp_path
    project = lab.project(app("    pass\n"))
    lab.build(project)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pymirage.tool.image.guest.start", lambda _: pytest.fail("bytecode was not cached"))
        patch.setattr("pymirage.tool.image.compile.drive", lambda *_: pytest.fail("mypyc's C was not cached"))
        lab.build(project)
