# pymirage: hot
"""Pages that are kept, within a bound: the second-chance rule, which costs a use one assignment."""

from typing import TYPE_CHECKING, Final, final

if TYPE_CHECKING:
    from pymirage.web.files.page import Page


@final
class Memory:
    """Pages by path; those used least lately make room."""

    def __init__(self, octets: int, entries: int) -> None:
        self._octets: Final = octets
        self._entries: Final = entries
        self._pages: Final[dict[str, Page]] = {}
        self.held = 0
        """Octets of their content."""

    def find(self, path: str) -> "Page | None":
        page = self._pages.get(path)
        if page is not None:
            page.used = True
        return page

    def keep(self, path: str, page: "Page") -> None:
        """In place of what was kept under this path."""
        self.forget(path)
        if page.weight > self._octets // 4:
            return
        self._pages[path] = page
        self.held += page.weight
        while self.held > self._octets or len(self._pages) > self._entries:
            self._make_room()

    def forget(self, path: str) -> None:
        page = self._pages.pop(path, None)
        if page is not None:
            self.held -= page.weight

    def clear(self) -> None:
        self._pages.clear()
        self.held = 0

    def __len__(self) -> int:
        return len(self._pages)

    def _make_room(self) -> None:
        """The oldest goes, unless it was used since it was last looked at: then it becomes the youngest."""
        path = next(iter(self._pages))
        page = self._pages.pop(path)
        if page.used:
            page.used = False
            self._pages[path] = page
        else:
            self.held -= page.weight
