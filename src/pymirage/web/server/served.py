# pymirage: hot
"""One client's connection, as the server looks after it: a `Conversation`, or that of another version."""

from abc import ABC, abstractmethod

from mypy_extensions import i64, mypyc_attr


@mypyc_attr(allow_interpreted_subclasses=True)
class Served(ABC):
    """What `Service.enter` takes."""

    @abstractmethod
    def idles(self) -> bool:
        """Nothing is being asked or answered."""

    @abstractmethod
    def stop(self) -> None:
        """End after what is being answered; at once when there is nothing."""

    @abstractmethod
    def abort(self) -> None:
        """End now."""

    @abstractmethod
    def look(self, tick: i64) -> None:
        """A second has passed: who makes us wait too long is cut off."""
