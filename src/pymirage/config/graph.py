"""The device graph of one unikernel on one target: choices made, types checked, in order of connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import FunctionType

from pymirage.config.check import Bound, Call, Checker, Value
from pymirage.config.choose import platform as platform_key
from pymirage.config.choose import target as target_key
from pymirage.config.error import ConfigError
from pymirage.config.keys import ConfigureKey, RuntimeKey
from pymirage.config.location import Location
from pymirage.config.names import Sources
from pymirage.config.signature import Signature, read
from pymirage.config.target import HOST, Target
from pymirage.config.value import Argument, Attached, Attachment, Choice, Implementation, Missing, Unikernel
from pymirage.error import UsageError

INTERFACE = "pymirage.device.net.Net"

_Constants = bool | int | float | str | bytes


@dataclass(frozen=True)
class Device:
    """One device of the graph: connected once, however many use it."""

    value: Implementation
    type: str
    """Its device type, a dotted name."""
    signature: Signature | None
    """Of its driver; None for a value that the generated program already has."""
    arguments: tuple[Bound, ...] = ()
    options: tuple[Bound, ...] = ()


@dataclass(frozen=True)
class Graph:
    """Everything that is known about one unikernel on one platform of a target."""

    name: str
    target: Target
    platform: str
    unikernel: Unikernel
    signature: Signature
    arguments: tuple[Bound, ...]
    options: tuple[Bound, ...]
    devices: tuple[Device, ...]
    """In dependency order: each after those that it needs."""
    keys: tuple[RuntimeKey, ...]
    packages: tuple[str, ...]
    attachments: tuple[Attachment, ...]
    files: tuple[tuple[str, str], ...]
    """Directories that an image embeds, and the host reads: table name and path."""

    def device(self, value: Implementation) -> Device:
        """The device that a value stands for."""
        return next(device for device in self.devices if device.value == value)


def configure_keys(unikernel: Unikernel) -> tuple[ConfigureKey, ...]:
    """The configure keys that the unikernel can ask for, in any branch. Raises when one name is two keys."""
    keys: dict[str, ConfigureKey | RuntimeKey] = {}
    for argument in every_argument(unikernel):
        if isinstance(argument, ConfigureKey | RuntimeKey):
            first = keys.setdefault(argument.name, argument)
            if first != argument:
                message = f"key {argument.name!r} is already defined otherwise at {first.location}"
                raise ConfigError(argument.location, f"{message}: choose another name")
    own = {target_key.name, platform_key.name}
    return tuple(key for key in keys.values() if isinstance(key, ConfigureKey) and key.name not in own)


def all_packages(unikernel: Unikernel) -> tuple[str, ...]:
    """The packages of the unikernel and of every device that it can have, on whichever target."""
    packages = list(unikernel.packages)
    for argument in every_argument(unikernel):
        if isinstance(argument, Implementation):
            packages += argument.packages
    return tuple(dict.fromkeys(packages))


def every_argument(unikernel: Unikernel) -> Iterator[Argument]:
    """All arguments, those of devices and of all branches of choices included."""
    pending = [*unikernel.arguments, *(value for _, value in unikernel.options)]
    while pending:
        argument = pending.pop(0)
        yield argument
        if isinstance(argument, Choice):
            otherwise = () if isinstance(argument.otherwise, Missing) else (argument.otherwise,)
            pending[:0] = [argument.key, *(value for _, value in argument.cases), *otherwise]
        elif isinstance(argument, Implementation):
            pending[:0] = [*argument.arguments, *(value for _, value in argument.options)]


@dataclass
class Builder:
    """Builds the graph of one unikernel."""

    sources: Sources
    target: Target
    platform: str
    values: Mapping[str, object]
    """The values of configure keys by name."""
    _devices: dict[Implementation, Device] = field(default_factory=dict)
    _keys: dict[str, RuntimeKey] = field(default_factory=dict)

    def build(self, name: str, unikernel: Unikernel) -> Graph:
        """Resolve, check and order. Raises ConfigError at the first mistake."""
        configure_keys(unikernel)  # for its check that one name is one key
        signature = self._read(unikernel.entry, unikernel.location, connect=False)
        if signature.is_class and not signature.has_start:
            message = f"{signature.name} has no method `async def start(self) -> None`: add it"
            raise ConfigError(unikernel.location, message)
        arguments, options = self._call(signature, unikernel.arguments, unikernel.options, unikernel.location)
        devices = tuple(self._devices.values())
        self._check_exclusive(unikernel, arguments + options)
        packages = [*unikernel.packages, *(each for device in devices for each in device.value.packages)]
        return Graph(
            name=name,
            target=self.target,
            platform=self.platform,
            unikernel=unikernel,
            signature=signature,
            arguments=arguments,
            options=options,
            devices=devices,
            keys=tuple(self._keys.values()),
            packages=tuple(dict.fromkeys(packages)),
            attachments=self._attachments(),
            files=tuple(dict.fromkeys(each for device in devices for each in device.value.files)),
        )

    def _attachments(self) -> tuple[Attachment, ...]:
        by_name: dict[str, Attachment] = {}
        for device in self._devices.values():
            wanted = device.value.attachment
            if wanted is not None and by_name.setdefault(wanted.name, wanted) != wanted:
                message = f"the name {wanted.name!r} is already that of a {by_name[wanted.name].type} device"
                raise ConfigError(device.value.location, f"{message}: choose another")
        return tuple(by_name.values())

    def _check_exclusive(self, unikernel: Unikernel, given: tuple[Bound, ...]) -> None:
        """An interface hands its frames to one: a second user would take them from the first silently."""
        users: dict[Implementation, str] = {}
        uses = [(unikernel.location, "the unikernel", given)]
        uses += [
            (each.value.location, each.value.text, each.arguments + each.options)
            for each in self._devices.values()
        ]
        for location, name, bound in uses:
            for _, value in bound:
                if not isinstance(value, Implementation) or self._type_of(value) != INTERFACE:
                    continue
                if value in users:
                    remedy = "use interfaces of different names, or net.vlan(...) of one"
                    message = f"{value.text} is used by {users[value]} and by {name}: {remedy}"
                    raise ConfigError(location, message)
                users[value] = name

    def _call(
        self,
        signature: Signature,
        arguments: tuple[Argument, ...],
        options: tuple[tuple[str, Argument], ...],
        location: Location | None,
    ) -> tuple[tuple[Bound, ...], tuple[Bound, ...]]:
        """Resolve and check a call; add the devices and keys that it needs."""
        values = tuple(self._choose(argument, location) for argument in arguments)
        named = tuple((name, self._choose(argument, location)) for name, argument in options)
        bound = Checker(self.sources, self._type_of).check(Call(signature, values, named, location))
        for value in [*values, *(value for _, value in named)]:
            if isinstance(value, RuntimeKey):
                self._keys[value.name] = value
            elif isinstance(value, Implementation):
                self._add(value)
        return tuple(bound[0]), tuple(bound[1])

    def _choose(self, argument: Argument, location: Location | None) -> Value:
        """Make the choices in an argument, and in what it is made of."""
        if isinstance(argument, Choice):
            value = self._value(argument.key)
            chosen = dict(argument.cases).get(value, argument.otherwise)  # type: ignore[call-overload]
            if isinstance(chosen, Missing):
                raise ConfigError(argument.location, f"{argument.text} has no case for {value!r}: add it")
            return self._choose(chosen, location)
        if isinstance(argument, ConfigureKey):
            return self._value(argument)  # type: ignore[return-value]
        if isinstance(argument, Implementation):
            return replace(
                argument,
                arguments=tuple(self._choose(each, location) for each in argument.arguments),
                options=tuple((name, self._choose(each, location)) for name, each in argument.options),
            )
        if argument is not None and not isinstance(argument, RuntimeKey | Attached | _Constants):
            raise ConfigError(location, _no_argument(argument))
        return argument

    def _value(self, key: ConfigureKey) -> object:
        own = {target_key.name: self.target.name, platform_key.name: self.platform}
        return own.get(key.name, self.values.get(key.name, key.default))

    def _add(self, value: Implementation) -> None:
        """Add the device after those that it needs."""
        if value in self._devices:
            return
        if not value.drivers:
            self._devices[value] = Device(value, self._type_of(value), None)
            return
        signature = self._read_driver(value)
        arguments, options = self._call(signature, value.arguments, value.options, value.location)
        self._devices[value] = Device(value, self._type_of(value), signature, arguments, options)

    def _driver(self, value: Implementation) -> str:
        driver = value.driver(self.platform)
        if driver is None:
            where = f"{value.text} cannot be on target {self.target.name}"
            if self.target.runs_on_host:
                where = f"{value.text} cannot be in an executable"
            elif value.driver(HOST) is not None:
                where += ", only on the host's Python (unix)"
            raise ConfigError(value.location, f"{where}: use {value.instead or 'another device'}")
        return driver

    def _type_of(self, value: Implementation) -> str:
        """The device type: stated, or the driver's class or its return annotation."""
        if value.type is not None:
            return self.sources.canonical(value.type)
        signature = self._read_driver(value)
        if signature.result is None:
            message = f"{signature.name} has no return annotation: write the device type that it gives"
            raise ConfigError(value.location, message)
        return signature.result

    def _read_driver(self, value: Implementation) -> Signature:
        entry = self._driver(value)
        module = entry.partition(":")[0]
        if value.packages and self.sources.module(module) is None:
            remedy = "run `pymirage lock`, then `pymirage configure`"
            message = f"module {module} is not here yet: it comes with {', '.join(value.packages)}"
            raise ConfigError(value.location, f"{message}: {remedy}")
        return self._read(entry, value.location)

    def _read(self, entry: str, location: Location | None, *, connect: bool = True) -> Signature:
        try:
            return read(self.sources, entry, connect=connect)
        except ConfigError:
            raise  # it names its own place
        except UsageError as error:
            raise ConfigError(location, str(error)) from None


def _no_argument(value: object) -> str:
    """The message for something that cannot be passed to a unikernel or device."""
    if isinstance(value, FunctionType):
        owner = value.__module__.rpartition(".")[2]
        return f"a function is no device: call it, {owner}.{value.__name__}(...)"
    what = f"a {type(value).__name__} is no device, key or constant"
    return f"{what}: devices are values of pymirage.config or device(...)"
