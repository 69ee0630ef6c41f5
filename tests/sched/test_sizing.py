"""TCP's bounds in small and large memory."""

from pymirage.net.tcp.settings import Settings
from pymirage.sched.memory import MemoryUse, memory_use
from pymirage.sched.sizing import settings_for

MEBIBYTE = 1 << 20


def test_little_memory() -> None:
    settings = settings_for(MemoryUse(15 * MEBIBYTE, 10 * MEBIBYTE, 10 * MEBIBYTE))
    assert settings.memory == 5 * MEBIBYTE // 4
    assert settings.send_maximum == settings.receive_maximum == settings.memory // 4
    assert 100 <= settings.connections < 110
    assert settings_for(MemoryUse(MEBIBYTE, MEBIBYTE, MEBIBYTE)).memory == 256 << 10


def values(settings: Settings) -> dict[str, object]:
    """Compiled, it has no dictionary."""
    return {name: getattr(settings, name) for name in dir(settings) if not name.startswith("_")}


def test_much_memory_and_hosts() -> None:
    defaults = values(Settings())
    assert values(settings_for(MemoryUse(4096 * MEBIBYTE, 0, 0))) == defaults
    assert memory_use().limit == 0 and values(settings_for(memory_use())) == defaults
