"""Random sequences of operations, and a store in memory that says what each should do."""

from __future__ import annotations

import copy
from collections.abc import Callable, Coroutine
from typing import Any

from hypothesis import strategies as st

from pymirage.device import KeyValue, KeyValueReader, Kind, Remove, Set
from pymirage.driver.memory.key_value import MemoryKeyValue
from pymirage.error import DeviceError, UsageError
from tests.storage.straight import run

Operation = tuple[str, Callable[[KeyValue], Coroutine[Any, Any, object]]]
Snapshot = dict[str, bytes | None]

NAMES = st.sampled_from(["a", "b", "c", "a longer name.text", "Ünïcode", "deep"])
KEYS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
VALUES = st.one_of(
    st.binary(max_size=40), st.integers(0, 6000).map(lambda size: (bytes(range(251)) * 24)[:size])
)


def called(name: object, *arguments: object) -> Operation:
    """The call of a method of a store."""
    return f"{name}{arguments!r:.120}", lambda store: getattr(store, str(name))(*arguments)


def operations(max_size: int = 12) -> st.SearchStrategy[list[Operation]]:
    change = st.one_of(st.builds(Set, KEYS, VALUES), st.builds(Remove, KEYS))
    one = st.one_of(
        st.builds(lambda k, v: called("set", k, v), KEYS, VALUES),
        st.builds(lambda k, v: called("set", k, v), KEYS, VALUES),
        st.builds(lambda k: called("remove", k), KEYS),
        st.builds(lambda a, b: called("rename", a, b), KEYS, KEYS),
        st.builds(lambda k, o, d: called("set_partial", k, o, d), KEYS, st.integers(0, 3000), VALUES),
        st.builds(lambda k, s: called("allocate", k, s), KEYS, st.integers(0, 3000)),
        st.builds(lambda k: called("get", k), KEYS),
        st.builds(
            lambda k, o, n: called("get_partial", k, o, n), KEYS, st.integers(0, 3000), st.integers(0, 3000)
        ),
        st.builds(lambda k: called("exists", k), KEYS),
        st.builds(lambda k: called("list", k), KEYS),
        st.builds(lambda k: called("size", k), KEYS),
        st.builds(lambda k: called("digest", k), KEYS),
        st.builds(lambda c: called("batch", c), st.lists(change, max_size=3)),
    )
    return st.lists(one, max_size=max_size)


def outcome(store: KeyValue, operation: Operation) -> object:
    """What the operation gives, or the class of what it raises."""
    try:
        return run(operation[1](store))
    except (UsageError, DeviceError) as error:
        return type(error)


def snapshot(store: KeyValueReader, key: str = "") -> Snapshot:
    """Every key with its value; None for a directory."""
    found: Snapshot = {}
    for entry in run(store.list(key)):
        path = f"{key}/{entry.name}" if key else entry.name
        if entry.kind is Kind.DIRECTORY:
            found[path] = None
            found.update(snapshot(store, path))
        else:
            found[path] = run(store.get(path))
    return found


def agree(
    store: KeyValue, sequence: list[Operation], reopen: Callable[[], KeyValue], *, atomic: bool = False
) -> None:
    """Runs the sequence on `store` and on the model; both must say the same, also after opening again.

    atomic: a batch that fails leaves nothing behind.
    """
    model = MemoryKeyValue()
    for operation in sequence:
        before = copy.deepcopy(model)
        expected = outcome(model, operation)
        if atomic and isinstance(expected, type):
            model = before
        assert outcome(store, operation) == expected, operation[0]
    assert snapshot(store) == snapshot(model)
    assert snapshot(reopen()) == snapshot(model)
