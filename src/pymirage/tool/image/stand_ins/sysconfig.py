"""In an image: the names of `sysconfig`. There is no installation, so nothing about one is known.

`zoneinfo` asks for the path of the time zone database when it is imported, and None is an answer.
"""

from typing import NoReturn


def get_config_vars(*names: str) -> list[None] | dict[str, object]:
    return [None for _ in names] if names else {}


def get_config_var(name: str) -> None:
    del name


def get_platform() -> str:
    return "linux-x86_64"


def get_paths(*_: object, **__: object) -> dict[str, str]:
    return {}


def get_path(name: str, *_: object, **__: object) -> NoReturn:
    raise KeyError(name)


def is_python_build() -> bool:
    return False
