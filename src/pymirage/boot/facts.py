"""Facts about a build, known to the image: what `--version` prints and an application may show."""

from typing import final


@final
class Facts:
    """What was built, for which target, from what. All attributes are read-only by convention."""

    def __init__(
        self,
        name: str,
        version: str,
        target: str,
        pymirage: str,
        packages: tuple[str, ...] = (),
        description: str = "",
    ) -> None:
        self.name = name
        """The unikernel's name: the name that its value is bound to in config.py."""
        self.version = version
        """The project's version, from its pyproject.toml ("0" when there is none)."""
        self.target = target
        self.pymirage = pymirage
        """The version of pymirage that configured the build."""
        self.packages = packages
        """The packages that the unikernel and its devices ask for, as PEP 508 requirements."""

        self.description = description
        """What `pymirage describe` prints of it, for `info.described()` in config.py; else empty."""

    def rows(self) -> list[tuple[str, str]]:
        """The facts with their names, as a table shows them."""
        packages = ", ".join(self.packages) or "none"
        build = [("name", self.name), ("version", self.version), ("target", self.target)]
        return [*build, ("pymirage", self.pymirage), ("packages", packages)]

    def __repr__(self) -> str:
        return f"Facts({self.name} {self.version} on {self.target})"
