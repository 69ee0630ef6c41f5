"""Short runs of the fuzz targets; long ones: `python -m fuzz.receive 600`."""

import pytest

from fuzz import parsers, receive


def test_parsers() -> None:
    assert parsers.run(500, seed=1) > 100


@pytest.mark.parametrize("seed", range(4))
def test_receive_path(seed: int) -> None:
    target = receive.run(1500, seed)
    assert target.interface.counters.received_frames > 500
