# pymirage: hot
"""Which connection's timer goes off next: a binary heap that is changed as seldom as possible.

Nearly every segment moves a timer further away. The heap keeps a connection at the time it was put in, and
moves it only for an earlier time; one that surfaces too early is put back. So a busy connection costs a
heap operation every few dozen milliseconds, not several per segment.
"""

from typing import TYPE_CHECKING, final

from mypy_extensions import i64

from pymirage.net.deadline import FOREVER

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection


@final
class TimerQueue:
    """`Connection.queued_for` is the time, `Connection.queue_at` the index; -1 when it is not there."""

    def __init__(self) -> None:
        self.heap: list[Connection] = []

    def deadline(self) -> i64:
        """No timer goes off before this time."""
        return self.heap[0].queued_for if len(self.heap) > 0 else FOREVER

    def schedule(self, connection: "Connection") -> None:
        """Make sure that the connection surfaces when its next timer goes off."""
        time = connection.timers.next()
        if connection.queue_at < 0:
            if time != FOREVER:
                connection.queued_for = time
                self.heap.append(connection)
                self._up(connection, len(self.heap) - 1)
        elif time < connection.queued_for:
            connection.queued_for = time
            self._up(connection, connection.queue_at)

    def due(self, now: i64) -> "Connection | None":
        """Take out a connection of which a timer has gone off; schedule it again after handling."""
        while len(self.heap) > 0 and self.heap[0].queued_for <= now:
            connection = self.heap[0]
            self.remove(connection)
            if connection.timers.next() <= now:
                return connection
            self.schedule(connection)
        return None

    def remove(self, connection: "Connection") -> None:
        at = connection.queue_at
        if at < 0:
            return
        connection.queue_at = -1
        last = self.heap.pop()
        if last is connection:
            return
        if at > 0 and last.queued_for < self.heap[(at - 1) >> 1].queued_for:
            self._up(last, at)
        else:
            self._down(last, at)

    def _up(self, connection: "Connection", at: i64) -> None:
        """Place a connection at `at` or nearer to the top."""
        heap = self.heap
        while at > 0:
            parent = (at - 1) >> 1
            other = heap[parent]
            if other.queued_for <= connection.queued_for:
                break
            heap[at] = other
            other.queue_at = at
            at = parent
        heap[at] = connection
        connection.queue_at = at

    def _down(self, connection: "Connection", at: i64) -> None:
        """Place a connection at `at` or further from the top."""
        heap = self.heap
        count: i64 = len(heap)
        while True:
            child = 2 * at + 1
            if child >= count:
                break
            if child + 1 < count and heap[child + 1].queued_for < heap[child].queued_for:
                child += 1
            other = heap[child]
            if connection.queued_for <= other.queued_for:
                break
            heap[at] = other
            other.queue_at = at
            at = child
        heap[at] = connection
        connection.queue_at = at
