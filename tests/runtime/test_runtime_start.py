"""How Python starts, runs and ends in an image: the shim beneath it, exit statuses, memory, recursion."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.boot_images.conftest import lab  # noqa: F401 - the fixture
from tests.boot_images.harness import Lab

pytestmark = pytest.mark.boots

# One image with everything; its argument chooses. `main.py` has no boot(): this is about what lies beneath.
UNIKERNEL = """
import _thread, errno, gc, io, json, os, sys, time, threading, warnings
from pymirage.driver.solo5 import _contract as contract


def answer(value):
    print(json.dumps(value))


def facts():
    answer({
        "argv": sys.argv, "path": sys.path, "environ": dict(os.environ), "platform": sys.platform,
        "uname": list(os.uname()), "cwd": os.getcwd(), "pid": os.getpid(), "cpus": os.cpu_count(),
        "stdin": sys.stdin.read(), "tty": sys.stdout.isatty(), "encoding": sys.stdout.encoding,
        "utf8": sys.flags.utf8_mode, "prefix": sys.prefix, "target": contract.target(),
        "fork": hasattr(os, "fork"), "frozen": sys.modules["__main__"].__spec__ is None,
    })


def errors():
    def of(function, *arguments):
        try:
            function(*arguments)
        except Exception as error:
            return f"{type(error).__name__} {error}"
    answer([
        of(open, "/etc/passwd"), of(open, "file", "w"), of(os.listdir, "/"), of(os.mkdir, "d"),
        of(os.read, 7, 1), of(threading.Thread(target=print).start), of(input),
    ])


def clocks():
    started, wall = time.monotonic(), time.time()
    time.sleep(0.02)
    resolution = time.get_clock_info("monotonic").resolution
    answer([time.monotonic() - started, wall, contract.clock_wall(), resolution])


def entropy():
    answer([os.urandom(8).hex(), os.urandom(8).hex(), hash("a"), contract.entropy(8).hex()])


def locks():
    lock = threading.Lock()
    lock.acquire()
    started = time.monotonic()
    got = lock.acquire(timeout=0.02)
    answer([got, time.monotonic() - started, threading.Event().wait(0.01)])


def deadlock():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def deep():
    sys.setrecursionlimit(10**6)
    class Sorted:
        def __lt__(self, other): return bool(sorted([Sorted(), Sorted()]))
    class Repr:
        def __repr__(self): return repr(self)
    def nested(wrap):
        value = 1
        for _ in range(100000):
            value = wrap(value)
        return value
    def of(function, *arguments):
        try:
            function(*arguments)
        except Exception as error:
            return type(error).__name__
    answer([
        of(sorted, [Sorted(), Sorted()]), of(repr, Repr()), of(repr, nested(lambda v: [v])),
        of(hash, nested(lambda v: (v,))), of(json.loads, "[" * 100000), of(json.dumps, nested(lambda v: [v])),
        of(eval, "-" * 100000 + "1"), of(eval, "+".join("1" * 100000)),
    ])


def memory():
    size, used, peak = contract.memory()
    block = bytearray(1 << 20)
    _, more, _ = contract.memory()
    del block
    _, less, highest = contract.memory()
    try:
        bytearray(1 << 40)
    except MemoryError:
        refused = True
    answer([size, used, peak, more - used, less - used, highest - used, refused])


def exhaust():
    kept = []
    while True:
        kept.append([len(kept)] * 10)


def reuse():
    for _ in range(200):
        kept = [bytearray(n) for n in range(1000, 40000, 500)]
    answer(contract.memory())


def collector():
    answer([gc.get_threshold()[0], gc.get_freeze_count()])
    contract.yield_until(0)
    answer([gc.get_threshold()[0], gc.get_freeze_count() > 1000])


def status_number(): sys.exit(7)
def status_none(): sys.exit()
def status_text(): sys.exit("no more")
def status_large(): sys.exit(256 + 3)
def status_now(): contract.exit(9)
def status_abort(): contract.abort()
def status_os(): os._exit(5)
def status_raise(): raise ValueError("no")
def status_zero(): sys.stdout.write("no newline")


def at_exit():
    import atexit
    atexit.register(print, "last")
    raise KeyError("first")


{command}()
""".replace("{command}", "globals()[contract.command_line()]")


@pytest.fixture
def image(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    return built(lab.target, tmp_path_factory.getbasetemp())


IMAGES: dict[str, Path] = {}


def built(target: str, directory: Path) -> Path:
    """Built once for each target."""
    if target not in IMAGES:
        place = directory / f"start-{target}" / "_build" / target
        place.mkdir(parents=True)
        (place / "main.py").write_text(UNIKERNEL)
        described = {"name": "start", "target": target, "entry": "main.py", "sources": ["."]}
        wanted: dict[str, object] = {"crunch": {}, "packages": [], "include": []}
        (place / "build.json").write_text(json.dumps({**described, **wanted}))
        manifest = {"type": "pymirage.manifest", "version": 1, "devices": []}
        (place / "manifest.json").write_text(json.dumps({**manifest, "name": "start", "target": target}))
        from pymirage.tool.image import build, plan
        from tests.boot_images.harness import ignore, runtime

        IMAGES[target] = build.build(plan.read(place), runtime(target), ignore, cold=True).path
    return IMAGES[target]


def boot(lab: Lab, image: Path, command: str, megabytes: int = 16) -> tuple[int, str]:  # noqa: F811
    run = lab.boot(image, command, options=[f"--mem={megabytes}"])
    return run.status, run.console


def result(lab: Lab, image: Path, command: str, megabytes: int = 16) -> list[object]:  # noqa: F811
    status, console = boot(lab, image, command, megabytes)
    assert status == 0, console
    values: list[object] = [json.loads(line) for line in console.splitlines()]
    return values


def test_facts(lab: Lab, image: Path) -> None:  # noqa: F811
    assert result(lab, image, "facts") == [
        {
            "argv": [""],
            "path": [],
            "environ": {},
            "platform": "linux",
            "uname": ["pymirage", "pymirage", lab.target, "", "x86_64"],
            "cwd": "/",
            "pid": 1,
            "cpus": 1,
            "stdin": "",
            "tty": False,
            "encoding": "utf-8",
            "utf8": 1,
            "prefix": "",
            "target": lab.target,
            "fork": False,
            "frozen": True,
        }
    ]


def test_what_is_absent_is_an_error(lab: Lab, image: Path) -> None:  # noqa: F811
    assert result(lab, image, "errors") == [
        [
            "FileNotFoundError [Errno 2] No such file or directory: '/etc/passwd'",
            "FileNotFoundError [Errno 2] No such file or directory: 'file'",
            "FileNotFoundError [Errno 2] No such file or directory: '/'",
            "FileNotFoundError [Errno 2] No such file or directory: 'd'",
            "OSError [Errno 9] Bad file descriptor",
            "RuntimeError can't start new thread",
            "EOFError EOF when reading a line",
        ]
    ]


def test_clocks(lab: Lab, image: Path) -> None:  # noqa: F811
    (values,) = result(lab, image, "clocks")
    assert isinstance(values, list)
    slept, wall, nanoseconds, resolution = values
    assert 0.02 <= slept < 60
    assert abs(nanoseconds / 1e9 - wall) < 60 and wall > 1.7e9
    assert resolution == 1e-9


def test_entropy_and_hashes_differ(lab: Lab, image: Path) -> None:  # noqa: F811
    (first,), (second,) = result(lab, image, "entropy"), result(lab, image, "entropy")
    assert isinstance(first, list) and isinstance(second, list)
    assert len({*map(str, first), *map(str, second)}) == 8


def test_locks_time_out(lab: Lab, image: Path) -> None:  # noqa: F811
    (values,) = result(lab, image, "locks")
    assert isinstance(values, list)
    # The timeout need not have been counted by the clock that is read here.
    assert values[0] is False and values[1] >= 0.019 and values[2] is False


def test_deadlock_is_said(lab: Lab, image: Path) -> None:  # noqa: F811
    status, console = boot(lab, image, "deadlock")
    assert status == 255
    assert "deadlock: the only thread waits for a lock that nobody can release\n" in console


def test_deep_recursion_is_an_exception(lab: Lab, image: Path) -> None:  # noqa: F811
    # The parser calls its own limit MemoryError ("too complex to parse").
    assert result(lab, image, "deep", 128) == [["RecursionError"] * 6 + ["MemoryError", "RecursionError"]]


def test_memory_goes_back(lab: Lab, image: Path) -> None:  # noqa: F811
    (values,) = result(lab, image, "memory")
    assert isinstance(values, list)
    size, used, peak, more, less, highest, refused = values
    assert 2 << 20 < used <= peak < size < 16 << 20
    assert more >= 1 << 20 and less < 64 << 10 and highest >= 1 << 20 and refused


def test_memory_does_not_fragment(lab: Lab, image: Path) -> None:  # noqa: F811
    (values,) = result(lab, image, "reuse")
    assert isinstance(values, list)
    assert values[2] < 12 << 20


def test_out_of_memory_has_a_name(lab: Lab, image: Path) -> None:  # noqa: F811
    status, console = boot(lab, image, "exhaust")
    assert status == 1
    named = r"^out of memory: \d+ MiB of heap are in use \(give the image more: --mem=MB\)$"
    assert re.search(named, console, re.MULTILINE)
    assert "in exhaust" in console
    assert console.rstrip().endswith("MemoryError")


def test_out_of_memory_while_importing_has_a_name(lab: Lab, image: Path) -> None:  # noqa: F811
    for megabytes in range(5, 12):
        status, console = boot(lab, image, "facts", megabytes)
        named = "out of memory" in console.lower() or "too small for this image" in console
        assert named if status else "argv" in console, console


def test_collector_waits_for_the_end_of_the_start(lab: Lab, image: Path) -> None:  # noqa: F811
    assert result(lab, image, "collector") == [[20000, 0], [2000, True]]


@pytest.mark.parametrize(
    ("command", "status", "console"),
    (
        ("status_number", 7, ""),
        ("status_none", 0, ""),
        ("status_text", 1, "no more\n"),
        ("status_large", 3, ""),
        ("status_now", 9, ""),
        ("status_abort", 255, ""),
        ("status_os", 5, ""),
        ("status_zero", 0, "no newline"),
    ),
)
def test_status(lab: Lab, image: Path, command: str, status: int, console: str) -> None:  # noqa: F811
    assert boot(lab, image, command) == (status, console)


def test_exception(lab: Lab, image: Path) -> None:  # noqa: F811
    status, console = boot(lab, image, "status_raise")
    assert status == 1
    assert console.startswith("Traceback (most recent call last):\n")
    assert console.endswith("ValueError: no\n")


def test_atexit_runs_and_output_is_flushed(lab: Lab, image: Path) -> None:  # noqa: F811
    status, console = boot(lab, image, "at_exit")
    assert (status, console.splitlines()[-2:]) == (1, ["KeyError: 'first'", "last"])
