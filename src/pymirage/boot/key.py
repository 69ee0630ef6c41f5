"""A key: one named value of the boot command line, of a kind, with what holds when it is not given."""

from typing import Any, Generic, TypeVar, final

from pymirage.boot.kind import Kind

T = TypeVar("T")
V = TypeVar("V")


@final
class Key(Generic[V]):
    """`Key("port", INTEGER, default=8080)`; `Arguments` maps it to its value of type V.

    The three other constructors say in the value's type what happens without the key: `required` is an
    error, `optional` is None, `repeated` collects every occurrence in a tuple.
    """

    def __init__(
        self,
        name: str,
        kind: Kind[V],
        *,
        default: V,
        help: str = "",
        environment: str | None = None,
    ) -> None:
        self.name = name
        self.default: V | None = default
        self.help = help
        self.environment = environment
        """The variable of the host's environment that is read when the command line is silent."""
        self.is_required = False
        self.is_repeated = False
        self._kind = kind

    @property
    def kind(self) -> Kind[Any]:
        """How one occurrence is written."""
        return self._kind

    @staticmethod
    def required(name: str, kind: Kind[T], *, help: str = "", environment: str | None = None) -> "Key[T]":
        key: Key[T] = Key(name, kind, default=None, help=help, environment=environment)  # type: ignore[arg-type]
        key.is_required = True
        return key

    @staticmethod
    def optional(
        name: str, kind: Kind[T], *, help: str = "", environment: str | None = None
    ) -> "Key[T | None]":
        return Key(name, kind, default=None, help=help, environment=environment)  # type: ignore[arg-type]

    @staticmethod
    def repeated(
        name: str,
        kind: Kind[T],
        *,
        default: tuple[T, ...] = (),
        help: str = "",
        environment: str | None = None,
    ) -> "Key[tuple[T, ...]]":
        key: Key[tuple[T, ...]] = Key(name, kind, default=default, help=help, environment=environment)  # type: ignore[arg-type]
        key.is_repeated = True
        return key

    def format_default(self) -> str:
        """The default as it would be written on the command line; empty when there is none."""
        if self.default is None or self.default == ():
            return ""
        if self.is_repeated:
            assert isinstance(self.default, tuple)
            return " ".join(self.kind.format(value) for value in self.default)
        return self.kind.format(self.default)
