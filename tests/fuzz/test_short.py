"""Short runs of the fuzz targets; long ones: `make fuzz`, or `python -m fuzz.receive 600`."""

import pytest

from fuzz import certificates, host, parsers, receive


def test_parsers() -> None:
    assert parsers.run(500, seed=1) > 100


@pytest.mark.parametrize("seed", range(4))
def test_receive_path(seed: int) -> None:
    target = receive.run(1500, seed)
    assert target.interface.counters.received_frames > 500


@pytest.mark.parametrize("seed", range(2))
def test_host(seed: int) -> None:
    counters = host.run(3000, seed).attachments[0].interface.counters
    assert counters.received_frames > 3000
    assert len(counters.drops) > 15


def test_certificates() -> None:
    assert certificates.run(500, seed=1) > 50
