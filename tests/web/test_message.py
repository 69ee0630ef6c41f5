"""Kinds of bodies are told apart, also where they are compiled and who asks is not."""

from pymirage.web.message import Connection, Handler, Incoming, Nothing, Outgoing, Takeover
from tests.web.server.wire import Counted, Function, hello


def test_instances() -> None:
    for kind in (Incoming, Outgoing, Connection, Takeover, Handler):
        assert isinstance(Counted(), kind) is (kind is Outgoing)
        assert isinstance(Nothing(), kind) is (kind is Incoming)
        assert isinstance(Function(hello), kind) is (kind is Handler)
