"""A short run; long ones: `python -m fuzz.control 600`."""

from fuzz import control


def test_control_protocols() -> None:
    assert control.run(300, seed=1) > 1000
