"""What a tender refuses: one line that says what is wrong and what to do, and exit status 1."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime import toolchain

OTHER = {"spt": "hvt", "hvt": "spt"}


def tend(target: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(toolchain.tender(target)), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=toolchain.PATIENCE)


def refusal(done: subprocess.CompletedProcess[str], program: str) -> str:
    """The one line, without the program's name."""
    assert (done.returncode, done.stdout) == (1, ""), done.stdout + done.stderr
    assert done.stderr.count("\n") == 1 and done.stderr.endswith("\n"), done.stderr
    assert done.stderr.startswith(f"{program}: ")
    return done.stderr.removeprefix(f"{program}: ")


def refused(target: str, *arguments: str | Path) -> str:
    return refusal(tend(target, *arguments), f"pymirage-{target}")


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--bogus", "unknown option '--bogus' (--help lists them)"),
        ("-m", "unknown option '-m'"),
        ("--mem", "unknown option '--mem'"),
        ("--mem=", "'--mem=': not a number of megabytes (for example --mem=512)"),
        ("--mem=0", "not a number of megabytes"),
        ("--mem=-1", "not a number of megabytes"),
        ("--mem=1G", "not a number of megabytes"),
        ("--mem=99999999999999999999999", "not a number of megabytes"),
        ("--net:service", "'--net:service': incomplete (write --net:NAME=VALUE)"),
        ("--net:=tap0", "incomplete"),
        ("--net:service=", "incomplete"),
        ("--block:" + "n" * 68 + "=file", "incomplete"),
        ("--mem=1", "--mem=1 is too small for this image (give --mem="),
        ("--net:service=tap0", "the image has no network device 'service' (leave --net:service out"),
        ("--block:storage=/dev/null", "the image has no block device 'storage'"),
    ],
)
def test_option(tender_target: str, option: str, message: str) -> None:
    assert message in refused(tender_target, option, toolchain.guest("hello", tender_target))


def test_hvt_memory_has_a_limit() -> None:
    message = refused("hvt", "--mem=4097", toolchain.guest("hello", "hvt"))
    assert message == "--mem=4097: an hvt guest has 4096 MB at most\n"


def test_no_image(tender_target: str) -> None:
    assert "no image given" in refused(tender_target)
    assert "no image given" in refused(tender_target, "--mem=16", "--")


def test_message_stays_one_printable_line(tender_target: str) -> None:
    assert "unknown option '--two?lines?[31m'" in refused(tender_target, "--two\nlines\x1b[31m")


def test_help_and_version(tender_target: str) -> None:
    help_ = tend(tender_target, "--help")
    assert (help_.returncode, help_.stderr) == (0, "")
    assert help_.stdout.startswith(f"usage: pymirage-{tender_target} [options] [--] IMAGE")
    assert "--mem=MB" in help_.stdout
    version = tend(tender_target, "--version")
    assert (version.returncode, version.stderr) == (0, "")
    assert version.stdout.endswith(f"Solo5 {tender_target} ABI 2\n")


def test_options_after_the_image_are_the_image_s(tender_target: str) -> None:
    if tender_target == "hvt" and not os.access("/dev/kvm", os.R_OK | os.W_OK):
        pytest.skip("/dev/kvm is missing or not permitted")
    done = tend(tender_target, toolchain.guest("command_line", tender_target), "--mem=1", "--help", "--")
    assert done.stdout == "[--mem=1 --help --]\nSUCCESS\n"


def test_image_for_the_other_tender(tender_target: str) -> None:
    other = OTHER[tender_target]
    message = refused(tender_target, toolchain.guest("hello", other))
    assert message.endswith(f"an image for the target {other} (run it with pymirage-{other})\n")


def test_unix_image_needs_no_tender(tender_target: str) -> None:
    message = refused(tender_target, toolchain.guest("hello", "unix"))
    assert "an image for the target unix (it needs no tender: run it by itself)" in message


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"#!/bin/sh\n" * 20, bytes(4096)])
def test_file_that_is_no_image(tender_target: str, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert "not an image (not an ELF file)" in refused(tender_target, tmp_path / "file")


def test_path_that_is_no_file(tender_target: str, tmp_path: Path) -> None:
    assert refused(tender_target, tmp_path / "absent").endswith("absent: no such file\n")
    assert refused(tender_target, tmp_path)


def test_pipe_does_not_make_the_tender_wait(tender_target: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "not an image" in refused(tender_target, tmp_path / "pipe")


def test_ordinary_program_is_no_image(tender_target: str) -> None:
    message = refused(tender_target, toolchain.tender(tender_target))
    assert "not an image for this machine" in message


@pytest.mark.parametrize("keep", [64, 100, 1000, 4096, 5000])
def test_truncated_image(tender_target: str, tmp_path: Path, keep: int) -> None:
    (tmp_path / "image").write_bytes(toolchain.guest("hello", tender_target).read_bytes()[:keep])
    assert "truncated or damaged image" in refused(tender_target, tmp_path / "image")


def test_image_without_its_last_octet(tender_target: str, tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(toolchain.guest("hello", tender_target).read_bytes()[:-1])
    message = "truncated or damaged image: its section headers are not in the file (build it again)\n"
    assert refused(tender_target, tmp_path / "image").endswith(message)


@pytest.mark.parametrize(
    ("guest", "options", "message"),
    [
        ("block", [], "the image needs the block device 'storage' (add --block:storage=FILE)"),
        ("net_echo", [], "the image needs the network device 'service' (add --net:service=INTERFACE)"),
        ("block", ["--block:other=f"], "the image has no block device 'other'"),
        ("block", ["--net:storage=tap0"], "the image has no network device 'storage'"),
        ("block", ["--block:storage=absent"], "absent: no such file (truncate -s 16M absent)"),
        ("block", ["--block:storage=/"], "/: is a folder (choose a file that you may write)"),
        ("block", ["--block:storage=odd"], "its size, 1000, is not a multiple of 512 (truncate -s %512"),
        ("block", ["--block:storage=empty"], "the file is empty (truncate -s 16M"),
        ("block", ["--block:storage=disk", "--block:storage=disk"], "device 'storage' is attached twice"),
        ("block", ["--block-sector-size:storage=513", "--block:storage=disk"], "not a power of two"),
        ("block", ["--block-sector-size:storage=65536", "--block:storage=disk"], "not a power of two"),
        ("net_echo", ["--net-mac:service=01:00:00:00:00:01"], "not the address of one station"),
        ("net_echo", ["--net-mac:service=02:00:00:00:00"], "not the address of one station"),
        ("net_echo", ["--net-mac:service=02-00-00-00-00-01"], "not the address of one station"),
        ("net_echo", ["--net:service=a-name-that-is-too-long"], "the name is longer than 15 characters"),
        ("net_echo", ["--net:service=@77"], "'@77' is not an open TAP descriptor"),
        ("net_echo", ["--net:service=@x"], "'@x' is not an open TAP descriptor"),
    ],
)
def test_devices(own_target: str, tmp_path: Path, guest: str, options: list[str], message: str) -> None:
    for name, size in (("odd", 1000), ("empty", 0), ("disk", 4096)):
        (tmp_path / name).write_bytes(bytes(size))
    command = toolchain.command(guest, own_target, *options)
    done = subprocess.run(command, capture_output=True, text=True, timeout=toolchain.PATIENCE, cwd=tmp_path)
    program = command[0] if own_target == "unix" else f"pymirage-{own_target}"
    assert message in refusal(done, program)


@pytest.fixture
def readable() -> Iterator[Path]:
    """The hvt tender and an image where another user may read them."""
    reason = toolchain.missing_compiler()
    if reason:
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="pymirage-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for path in (toolchain.tender("hvt"), toolchain.guest("hello", "hvt")):
            shutil.copy(path, folder)
        yield folder


def test_kvm_not_permitted(readable: Path) -> None:
    if os.getuid() or (Path("/dev/kvm").exists() and Path("/dev/kvm").stat().st_mode & 0o006):
        pytest.skip("needs root, and a /dev/kvm that nobody may open")
    command = [readable / "pymirage-hvt", readable / "hello.hvt"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=toolchain.PATIENCE, user=65534, group=65534
    )
    message = refusal(done, "pymirage-hvt")
    if Path("/dev/kvm").exists():
        assert "sudo usermod -aG kvm $USER" in message
    assert "pymirage configure -t spt" in message


def test_kvm_absent(readable: Path) -> None:
    command = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /dev && exec "$@"', "sh"]
    if subprocess.run([*command, "true"], capture_output=True).returncode:
        pytest.skip("no mount namespaces here")
    command += [str(readable / "pymirage-hvt"), str(readable / "hello.hvt")]
    message = refusal(
        subprocess.run(command, capture_output=True, text=True, timeout=toolchain.PATIENCE), "pymirage-hvt"
    )
    assert message.startswith("this machine has no /dev/kvm (modprobe")
    assert "pymirage configure -t spt" in message
