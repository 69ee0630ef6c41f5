"""A web application in images: ASGI, HTTP's corners, clients that misbehave, and load.

`WEB_SECONDS=300` in the environment makes the load that long (`make soak`).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.boot_images.harness import Lab
from tests.boot_images.network import STATIC, of_image, require_network, tell

APP = Path(__file__).parent / "apps" / "asgi"


def test_stories(lab: Lab) -> None:
    """All with one image, which takes most of the time."""
    require_network()
    if lab.target == "unix":
        pytest.skip("the host's Python is tested in tests/web")
    image = lab.build(APP)
    patience = float(os.environ.get("WEB_SECONDS", "3")) * 4 + 300
    for story in ("asgi", "corners", "misbehaving", "load"):
        tell(story, of_image(lab, image, *STATIC), patience, side="web_side")
