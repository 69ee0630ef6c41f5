"""`pymirage run`: start the unikernel, on the host's Python or by the tender of its target."""

from __future__ import annotations

import sys

import click

from pymirage.tool import trace
from pymirage.tool.configured import Configured, ensure
from pymirage.tool.error import MISUSE, ToolError
from pymirage.tool.launch import Attached, Launch, built_image, of_image, on_host
from pymirage.tool.project import here
from pymirage.tool.trace import OPTION
from pymirage.tool.verb import options

ENOUGH = 16
"""MB in which Python starts."""


def _enough(_context: click.Context, _option: click.Parameter, mem: int | None) -> int | None:
    if mem is not None and mem < ENOUGH:
        raise ToolError(f"--mem {mem} is too little: Python alone needs {ENOUGH} MB", MISUSE)
    return mem


@click.command("run", context_settings={"allow_interspersed_args": False})
@options.target
@options.unikernel
@click.option(
    "--net",
    multiple=True,
    metavar="NAME=tap:DEVICE",
    help="Attach a network device; on virtio also NAME=user[:HOSTPORT-GUESTPORT,…].",
)
@click.option("--block", multiple=True, metavar="NAME=FILE", help="Attach a block device.")
@click.option("--secret", multiple=True, metavar="NAME=FILE", help="Attach what is in a file as a secret.")
@click.option(
    "--mem", type=int, metavar="MB", callback=_enough, help="Memory of the guest, from 16 on (default: 512)."
)
@click.option("--machine", metavar="KIND", help="On virtio, which machine: q35 (default), pc or microvm.")
@click.option("--image", "as_image", is_flag=True, help="On unix, run the built executable.")
@click.option("--trace-boot", is_flag=True, help="Draw the time line of a boot, and end the image then.")
@click.option("--print-command", is_flag=True, help="Print the command, for scripts and service managers.")
@click.argument("line", nargs=-1, type=click.UNPROCESSED)
def command(
    target: str | None,
    unikernel: str | None,
    net: tuple[str, ...],
    block: tuple[str, ...],
    secret: tuple[str, ...],
    mem: int | None,
    machine: str | None,
    as_image: bool,
    trace_boot: bool,
    print_command: bool,
    line: tuple[str, ...],
) -> None:
    """Start the unikernel. What follows -- is its boot command line.

    On unix it runs on the host's Python at once; other targets need `pymirage build` first.
    """
    project = here()
    configured = ensure(project, project.target(target), unikernel)
    if secret and print_command:
        raise ToolError("a command that is printed has no secrets: `pymirage disk secret` packs them", MISUSE)
    if trace_boot:
        line = (OPTION, *line)
    attached = Attached(net, block, mem, secret=secret, machine=machine)
    if configured.target.runs_on_host and not as_image and not trace_boot:
        launch = on_host(configured, attached, line)
    else:
        _warn_if_old(configured)
        launch = of_image(configured, _starter(configured), attached, line)
    if trace_boot:
        _trace(configured, launch)
    elif print_command:
        click.echo(launch.text())
    else:
        launch.become()


# What an image's start begins with, and whether that tells of itself what it does.
STARTERS = {"unix": ("start the process", False), "virtio": ("start QEMU and the machine", False)}
TENDER = ("start the tender", True)


def _trace(configured: Configured, launch: Launch) -> None:
    starter, *words = launch.command
    first, tells = STARTERS.get(configured.target.name, TENDER)
    marks, console = trace.trace([starter, *([OPTION] if tells else []), *words], first)
    if marks[-1].what not in (trace.MAIN, trace.PACKET):
        raise ToolError(f"the image did not come to its main:\n{console}")
    picture = configured.project.of_target(configured.target) / "boot.svg"
    trace.write(marks, f"{configured.name} on {configured.target.name}", picture)
    click.echo(trace.text(marks))
    click.echo(f"picture: {picture.relative_to(configured.project.directory)}")


def _starter(configured: Configured) -> tuple[str, ...]:
    if configured.target.runs_on_host:
        return ()
    if configured.target.name == "virtio":
        _say_if_slow()
    from pymirage.tool.progress import drawn
    from pymirage.tool.runtime import ensure as ensure_runtime

    with drawn() as progress:
        return ensure_runtime(configured.target.name, progress).starter


def _say_if_slow() -> None:
    from pymirage.tool.qemu.accelerator import no_kvm
    from pymirage.tool.qemu.installed import missing

    reason = missing()
    if reason is not None:
        raise ToolError(reason)
    slow = no_kvm()
    # Whoever waits for it wants to know; a script does not.
    if slow is not None and sys.stderr.isatty():
        click.echo(f"note: {slow}: QEMU emulates the machine, which is slow", err=True)


def _warn_if_old(configured: Configured) -> None:
    from pymirage.tool.age import changed_since

    image = built_image(configured)
    changed = changed_since(configured, image)
    if changed is not None:
        shown = image.relative_to(configured.project.directory)
        click.echo(f"note: {shown} is older than {changed}: `pymirage build` makes it anew", err=True)
