"""`make demo`: boot the hello unikernel on every target that this machine can run; then a web site.

Prints what booted, how fast (tender start to the first line of `main`) and how large; a target that
cannot run here is named with the reason.
"""

import os
import shlex
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from pymirage.tool import doctor
from scripts import demo_site

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "_build" / "demo"
TARGETS = ("unix", "spt", "hvt")
ARGUMENTS = ["--hello=Bonjour", "--n=3"]
TIMED_BOOTS = 5


@dataclass(frozen=True)
class Boot:
    """One boot: what it printed, milliseconds to its first line, MiB of image."""

    target: str
    lines: list[str]
    first_line: float
    size: float


def pymirage(*arguments: str, cwd: Path) -> str:
    """Run the command line; its output. What fails is shown, and ends the demo."""
    done = subprocess.run(
        [sys.executable, "-m", "pymirage", *arguments], cwd=cwd, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        sys.stdout.write(done.stdout)
        sys.exit(done.returncode)
    return done.stdout


def command_for(target: str, app: Path, arguments: list[str]) -> list[str]:
    """What starts the built image."""
    if target == "unix":
        return [str(app / "dist" / "hello"), *arguments]
    return shlex.split(pymirage("run", "-t", target, "--print-command", "--", *arguments, cwd=app))


def run(command: list[str], app: Path) -> tuple[list[str], float]:
    """What the image printed, and milliseconds from the start of its tender to its first line."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=app, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    first_line = (time.perf_counter() - started) * 1000
    lines += process.stdout.readlines()
    if process.wait():
        sys.exit(f"demo: {shlex.join(command)} ended with {process.returncode}\n{''.join(lines)}")
    return [line.rstrip() for line in lines], first_line


def boot(target: str, app: Path) -> Boot:
    """Boot the image once to see what it says, and some times more to see how fast."""
    lines, _ = run(command_for(target, app, ARGUMENTS), app)
    once = command_for(target, app, ["--n=1"])
    first_line = statistics.median(run(once, app)[1] for _ in range(TIMED_BOOTS))
    image = app / "dist" / ("hello" if target == "unix" else f"hello.{target}")
    return Boot(target, lines, first_line, image.stat().st_size / 2**20)


def why_not(target: str) -> str | None:
    """Why this machine cannot boot `target`, or None."""
    if target == "hvt" and not Path("/dev/kvm").exists():
        return "this machine has no /dev/kvm"
    if target == "hvt" and not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "/dev/kvm may not be opened by this user (as root: usermod -aG kvm USER, then log in again)"
    return None


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    pymirage("new", "hello", cwd=FOLDER)
    app = FOLDER / "hello"
    boots: list[Boot] = []
    for target in TARGETS:
        pymirage("configure", "-t", target, cwd=app)
        then = f"pymirage run -- {shlex.join(ARGUMENTS)}"
        print(f"\n$ pymirage configure -t {target} && pymirage build && {then}", flush=True)
        if subprocess.run([sys.executable, "-m", "pymirage", "build"], cwd=app).returncode:
            sys.exit(1)
        reason = why_not(target)
        if reason:
            print(f"  skipped: {reason}")
            continue
        done = boot(target, app)
        boots.append(done)
        for line in done.lines:
            print(f"  | {line}")
    print(f"\ntarget   image      first line after (median of {TIMED_BOOTS} boots)")
    for done in boots:
        print(f"{done.target:7}  {done.size:4.1f} MiB   {done.first_line:5.1f} ms")
    place = app.relative_to(ROOT)
    print(f"\nThe images are in {place}/dist; the program is {place}/unikernel.py")
    website()


def website() -> None:
    """Build the template's site for the best target that can serve here, and fetch a page from it."""
    target, network = _best()
    pymirage("new", "--template", "website", "mysite", cwd=FOLDER)
    app = FOLDER / "mysite"
    pymirage("configure", "-t", target, cwd=app)
    build = " && pymirage build" if network else ""
    print("\n$ pymirage new --template website mysite", flush=True)
    print(f"$ pymirage configure -t {target}{build} && pymirage run", flush=True)
    size, options = "none: the host's Python runs the program", []
    if network:
        if subprocess.run([sys.executable, "-m", "pymirage", "build"], cwd=app).returncode:
            sys.exit(1)
        size = f"{(app / 'dist' / f'mysite.{target}').stat().st_size / 2**20:.1f} MiB"
        options = ["--net", f"service=tap:{demo_site.TAP}"]
    port = demo_site.PORT if network else demo_site.free_port()
    run = ("run", "-t", target, "--print-command", *options, "--", f"--port={port}")
    site = demo_site.show(shlex.split(pymirage(*run, cwd=app)), app, network=network, port=port)
    print(f"  | {site.status}: {site.title!r}")
    print(f"\nURL           {site.url}  ({'in a network of its own' if network else 'on loopback'})")
    print(f"image         {size}")
    print(f"boot          {site.boot:.0f} ms until it served")
    asked = f"{demo_site.CONNECTIONS} connections, a client in Python on the same machine"
    print(f"requests      {site.rate:,.0f} a second ({asked})")


def _best() -> tuple[str, bool]:
    """The target for the site, and whether it gets an interface; what cannot be is said."""
    reason = demo_site.why_no_network()
    if reason:
        print(f"\nThe site runs on loopback, as a process: no network interface can be made here ({reason})")
        return "unix", False
    for target in ("hvt", "spt"):
        missing = why_not(target) or doctor.cannot_run(target)
        if missing is None:
            return target, True
        print(f"\nThe site does not run on {target}: {missing}")
    return "unix", False


if __name__ == "__main__":
    main()
