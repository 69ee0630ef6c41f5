"""Which interfaces may be named where, and what secrets come from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pymirage.storage.secret import pack
from pymirage.tool import launch, secrets
from pymirage.tool.error import ToolError


@pytest.mark.parametrize("kinds", [launch.BY_TENDERS, launch.ON_HOST])
@pytest.mark.parametrize("text", ["tap0", "tap:tap0"])
def test_tap_interfaces_are_for_all(text: str, kinds: tuple[str, ...]) -> None:
    assert launch.interface_of(text, kinds) == "tap0"


def test_raw_packet_sockets_are_for_the_host() -> None:
    assert launch.interface_of("packet:eth0", launch.ON_HOST) == "packet:eth0"
    with pytest.raises(ToolError, match=r"'packet': expected tap:DEVICE$"):
        launch.interface_of("packet:eth0", launch.BY_TENDERS)


def test_unknown_kinds_are_told_what_there_is() -> None:
    with pytest.raises(ToolError, match="'raw': expected tap:DEVICE or packet:DEVICE"):
        launch.interface_of("raw:eth0", launch.ON_HOST)


def test_the_ports_of_qemu_s_network_are_told() -> None:
    with pytest.raises(ToolError, match=r"expected tap:DEVICE or user\[:HOSTPORT-GUESTPORT,…\]$"):
        launch.interface_of("packet:eth0", launch.BY_QEMU)


def test_secrets_by_name() -> None:
    names = frozenset({"key", "token"})
    launch._check_secrets("app", names, {"key": "k"}, {"token": "t.img"})
    with pytest.raises(ToolError, match="app needs the secret 'token': add --secret token=FILE"):
        launch._check_secrets("app", names, {"key": "k"}, {})
    with pytest.raises(ToolError, match="has no secret 'kye': did you mean key"):
        launch._check_secrets("app", names, {"kye": "k"}, {})
    with pytest.raises(ToolError, match="attached twice: leave out --block key="):
        launch._check_secrets("app", names, {"key": "k", "token": "t"}, {"key": "k.img"})


def test_a_secret_is_in_no_file_that_has_a_name(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"the secret\n")
    path = secrets.attached({"key": str(tmp_path / "key")})["key"]
    descriptor = int(path.removeprefix("/proc/self/fd/"))
    try:
        assert Path(path).read_bytes() == pack(b"the secret\n")
        assert os.get_inheritable(descriptor) and "memfd" in str(Path(path).readlink())
    finally:
        os.close(descriptor)
    with pytest.raises(ToolError, match=r"'key' cannot be read from .*nothing: No such file"):
        secrets.attached({"key": str(tmp_path / "nothing")})
