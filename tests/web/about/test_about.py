"""The page about an image."""

import asyncio
from html.parser import HTMLParser

import pytest

from pymirage.boot import Facts
from pymirage.device import Count
from pymirage.web.about import PATH, About
from pymirage.web.about.handler import duration
from tests.web.files.asking import ask

EVIL = '<script>alert("1")</script>&'


class Counting:
    def counts(self) -> list[Count]:
        label = (("reason", EVIL),)
        return [Count("net_received_frames", 1234567), Count("net_dropped", 1, labels=label)]


class Text(HTMLParser):
    """What is shown, and which elements there are."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = ""
        self.elements: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.elements.add(tag)

    def handle_data(self, data: str) -> None:
        self.shown += data


def test_everything_is_there_and_escaped() -> None:
    facts = Facts(EVIL, "1.0", "hvt", "0.1.0", ("a==1",), f"tree {EVIL}\n└── x")

    async def run() -> None:
        handler = About(facts.rows(), facts.description)
        handler.watch(Counting())
        answer = await ask(handler, PATH)
        assert answer.status == 200 and answer["content-security-policy"].startswith("default-src 'none'")
        text = Text()
        text.feed(answer.body.decode())
        assert "script" not in text.elements
        for part in (
            f"tree {EVIL}",
            "└── x",
            "hvt",
            "a==1",
            "1\u202f234\u202f567",
            "MiB",
            f"net dropped, {EVIL}",
        ):
            assert part in text.shown, part
        assert (await ask(handler, PATH, method="PUT")).status == 405
        assert (await ask(About([], ""), PATH)).status == 200

    asyncio.run(run())


@pytest.mark.parametrize(
    ("seconds", "text"),
    ((5, "5 s"), (125, "2 min 5 s"), (7260, "2 h 1 min"), (200_000, "2 d 7 h")),
)
def test_durations(seconds: int, text: str) -> None:
    assert duration(seconds) == text
