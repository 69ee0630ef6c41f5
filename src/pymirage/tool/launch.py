"""The command that starts a unikernel, and with which environment.

On the host's Python that is the interpreter with the generated program; an executable for unix is its own
tender; every other image is started by the tender of its target. All take the same options for devices.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pymirage.boot.nearest import did_you_mean
from pymirage.config import stack
from pymirage.config.keys import RuntimeKey
from pymirage.config.value import Attachment
from pymirage.tool import secrets
from pymirage.tool.configured import MAIN, Configured
from pymirage.tool.error import MISUSE, ToolError
from pymirage.tool.packages import vendored


@dataclass(frozen=True)
class Attached:
    """The devices that the user attaches: `NAME=tap:DEVICE` and `NAME=FILE`."""

    net: Sequence[str] = ()
    block: Sequence[str] = ()
    memory: int | None = None
    secret: Sequence[str] = ()
    machine: str | None = None
    """Which of QEMU's."""


HINTS = "pymirage-hints"
"""An option for the interpreter; boot/hint.py says what it does."""
TAP = "tap"
SOCKET_STACK = "pymirage.sched.host_stack:HostStack"
SOCKETS = "it uses the host's own network; `pymirage configure --net=direct` gives it one of its own"
ABOUT = frozenset(("-h", "--help", "--version"))
"""Questions to a unikernel that touch no device."""
BY_TENDERS = (TAP,)
"""Kinds of interfaces that an image can have."""
BY_QEMU = (TAP, "user")
"""And a machine of QEMU's."""
ON_HOST = (TAP, "packet")
"""And the host's Python, by the drivers of `driver.host.interface`."""
FORMS = {TAP: "tap:DEVICE", "packet": "packet:DEVICE", "user": "user[:HOSTPORT-GUESTPORT,…]"}


@dataclass(frozen=True)
class Launch:
    """A program to become, with variables to add to the environment."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """As a shell would be told."""
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        return shlex.join(["env", *variables, *self.command] if variables else self.command)

    def become(self) -> None:
        """Replace this process: signals, Ctrl-C and the exit status are then the unikernel's own."""
        sys.stdout.flush()
        os.execvpe(self.command[0], self.command, {**os.environ, **self.environment})


def on_host(configured: Configured, attached: Attached, line: Sequence[str]) -> Launch:
    """On the host's Python, which reads the environment's variables of keys by itself."""
    project = configured.project
    main = project.of_target(configured.target) / MAIN
    _check_machine(configured, attached)
    options = tender_options(configured, attached, ON_HOST, needed=ABOUT.isdisjoint(line))
    _check_keys(configured, line)
    own = [project.directory]
    if configured.graph.packages:
        own.append(vendored(project, configured.target, configured.name, configured.graph.packages))
    path = [*map(str, own), *filter(None, [os.environ.get("PYTHONPATH")])]
    # -P: the program's own directory is not on the path, where its neighbour image.py could be imported.
    command = (sys.executable, "-X", HINTS, "-P", str(main), *options, "--", *line)
    return Launch(command, {"PYTHONPATH": os.pathsep.join(path)})


def built_image(configured: Configured) -> Path:
    """The image. Raises ToolError when it is not built."""
    image = configured.project.image(configured.target, configured.name)
    if not image.is_file():
        shown = image.relative_to(configured.project.directory)
        raise ToolError(f"{shown} is not built yet: run `pymirage build -t {configured.target.name}` first")
    return image


def of_image(
    configured: Configured, starter: tuple[str, ...], attached: Attached, line: Sequence[str]
) -> Launch:
    """The image, by its tender if it has one (`Runtime.starter`)."""
    image = built_image(configured)
    # On unix an executable stands on other devices than `run` on the host's Python.
    configured = replace(configured, graph=configured.image_graph())
    asks = not ABOUT.isdisjoint(line)
    kinds = BY_QEMU if configured.target.name == "virtio" else BY_TENDERS
    try:
        options = tender_options(configured, attached, kinds, needed=bool(starter) or not asks)
    except ToolError as error:
        # A tender starts an image with all of its devices or not at all.
        hint = " (`pymirage describe` shows the keys)" if asks else ""
        raise ToolError(f"{error}{hint}", error.status) from None
    words = [*from_environment(configured, line), *line]
    _check_machine(configured, attached)
    if attached.machine is not None:
        options = [f"--machine={attached.machine}", *options]
    if not starter:
        _check_whole(image)
        return Launch((str(image), *options, "--", *words))
    return Launch((*starter, *options, "--", str(image), *words))


def _check_machine(configured: Configured, attached: Attached) -> None:
    if attached.machine is not None and configured.target.name != "virtio":
        raise ToolError("--machine is for the target virtio: it says which machine QEMU is", MISUSE)


def _check_whole(image: Path) -> None:
    """Of an executable that lacks its end the host's kernel says nothing."""
    # Here: `run --help` and `run` on the host's Python read no image.
    from pymirage.tool.image import intact

    damaged = intact.damage(image)
    if damaged is not None:
        raise ToolError(f"{image}: {damaged}")


def tender_options(
    configured: Configured, attached: Attached, kinds: Sequence[str] = BY_TENDERS, *, needed: bool = True
) -> list[str]:
    """The devices as every tender is told, after checking that they are those of the manifest.

    needed: that none of them is missing.
    """
    net = _pairs(attached.net, "net", "NAME=tap:DEVICE")
    block = _pairs(attached.block, "block", "NAME=FILE")
    secret = _pairs(attached.secret, "secret", "NAME=FILE")
    wanted = configured.graph.attachments
    if net and on_sockets(configured):
        raise ToolError(f"{configured.name} has no network device: {SOCKETS}", MISUSE)
    _check(configured.name, wanted, Attachment.NET, net, "--net {}=tap:DEVICE", needed)
    secrets_of = secrets.names(configured.graph)
    _check_secrets(configured.name, secrets_of, secret, block, needed)
    disks = [each for each in wanted if each.name not in secret]
    _check(configured.name, disks, Attachment.BLOCK, block, "--block {}=FILE", needed)
    for name, file in block.items():
        if not Path(file).exists():
            remedy = f"`truncate -s 64M {file}` makes an empty disk"
            raise ToolError(f"there is no file {file} to attach as {name!r}: {remedy}")
    memory = [] if attached.memory is None else [f"--mem={attached.memory}"]
    interfaces = [f"--net:{name}={interface_of(value, kinds)}" for name, value in net.items()]
    blocks = {**block, **secrets.attached(secret)}
    return [*memory, *interfaces, *(f"--block:{name}={file}" for name, file in blocks.items())]


def on_sockets(configured: Configured) -> bool:
    """Whether its only network is the host's sockets."""
    drivers = [device.value.driver(configured.graph.platform) for device in configured.graph.devices]
    attached = any(each.type == Attachment.NET for each in configured.graph.attachments)
    return SOCKET_STACK in drivers and not attached


def from_environment(configured: Configured, line: Sequence[str]) -> list[str]:
    """Keys that the environment gives: an image cannot read it, so they go on its command line."""
    given = {word.partition("=")[0] for word in line}
    words: list[str] = []
    for key in configured.graph.keys:
        value = None if key.environment is None else os.environ.get(key.environment)
        if value is not None and not given.intersection((f"--{key.name}", f"--no-{key.name}")):
            words += [f"--{key.name}={each}" for each in (value.split() if key.repeated else [value])]
    return words


def _check_keys(configured: Configured, line: Sequence[str]) -> None:
    """Keys of our own stack, given to a program on sockets, which could only say that it has none such."""
    known = {key.name for key in configured.graph.keys}
    for word in line:
        name = word.partition("=")[0].removeprefix("--")
        if word.startswith("--") and name in direct_keys() - known and on_sockets(configured):
            raise ToolError(f"{configured.name} has no key --{name}: {SOCKETS}", MISUSE)


def direct_keys() -> set[str]:
    """The names of the boot keys of `stack.direct`."""
    return {value.name for _, value in stack.direct().options if isinstance(value, RuntimeKey)}


def _pairs(texts: Sequence[str], option: str, form: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals or not value:
            raise ToolError(f"bad value {text!r} for --{option}: expected {form}", MISUSE)
        if name in pairs:
            raise ToolError(f"device {name!r} is attached twice: give --{option} {name}= once", MISUSE)
        pairs[name] = value
    return pairs


def interface_of(text: str, kinds: Sequence[str]) -> str:
    """An interface as the option of a tender names it. Raises ToolError for a kind that is not of `kinds`."""
    kind, colon, device = text.partition(":")
    if text == "user" and "user" in kinds:
        return text
    if colon and kind not in kinds:
        expected = " or ".join(FORMS[each] for each in kinds)
        raise ToolError(f"unknown kind of interface {kind!r}: expected {expected}", MISUSE)
    # A TAP interface is what every tender takes a bare name for.
    return device if kind == TAP and colon else text


def _check_secrets(
    unikernel: str,
    names: frozenset[str],
    given: Mapping[str, str],
    packed: Mapping[str, str],
    needed: bool = True,
) -> None:
    """A secret comes from a file, or packed, as a block device."""
    for name in given:
        if name not in names:
            hint = did_you_mean(name, sorted(names), f"it has {', '.join(sorted(names)) or 'none'}")
            raise ToolError(f"{unikernel} has no secret {name!r}: {hint}", MISUSE)
    for name in sorted(names):
        if needed and name not in given and name not in packed:
            raise ToolError(f"{unikernel} needs the secret {name!r}: add --secret {name}=FILE")
        if name in given and name in packed:
            raise ToolError(f"the secret {name!r} is attached twice: leave out --block {name}=", MISUSE)


def _check(
    unikernel: str,
    wanted: Sequence[Attachment],
    kind: str,
    given: Mapping[str, str],
    option: str,
    needed: bool,
) -> None:
    names = [each.name for each in wanted if each.type == kind]
    what = "network device" if kind == Attachment.NET else "block device"
    for name in names:
        if needed and name not in given:
            raise ToolError(f"{unikernel} needs the {what} {name!r}: add {option.format(name)}")
    for name in given:
        if name not in names:
            hint = did_you_mean(name, names, f"it has {', '.join(names) or 'none'}")
            raise ToolError(f"{unikernel} has no {what} {name!r}: {hint}", MISUSE)
