"""The event loop of an image: asyncio's base loop, standing on the platform contract.

Tasks, timers, timeouts and cancellation are asyncio's own; what differs is where the loop waits (in
`Platform.wait`, see `waiter.py`), and that there are no threads, signals, processes or sockets. What
needs those raises an error that says so.
"""

from __future__ import annotations

from asyncio.base_events import BaseEventLoop
from asyncio.events import Handle
from asyncio.exceptions import CancelledError
from asyncio.format_helpers import _format_callback_source
from asyncio.tasks import ensure_future
from contextvars import copy_context
from functools import partial
from heapq import heappop

from pymirage.device.platform import FOREVER, Platform, Readiness
from pymirage.sched.absent import Absent
from pymirage.sched.deadlock import Deadlock, explain
from pymirage.sched.networked import Networked
from pymirage.sched.waiter import NANOSECONDS, Waiter

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections import deque
    from collections.abc import Awaitable, Callable, Generator
    from contextvars import Context
    from typing import Any, TypeVar, TypeVarTuple

    from pymirage.device.platform import Callback

    T = TypeVar("T")
    Ts = TypeVarTuple("Ts")

# Cancelled timers among those to come, from which on the base loop looks whether to sweep them out.
MANY = 50

# Without `__init__`, which the interpreter enters itself anew to call where a class has slots.
new = object.__new__

# As a shell says that SIGTERM ended a process.
TERMINATED = 128 + 15


class EventLoop(Networked, Absent, BaseEventLoop, Readiness):  # type: ignore[misc]
    if TYPE_CHECKING:
        # The base loop's queues, which its stub leaves out.
        _ready: deque[Any]
        _scheduled: list[Any]
        _timer_cancelled_count: int
        _stopping: bool
        _closed: bool
        _debug: bool

    def __init__(self, platform: Platform) -> None:
        super().__init__()
        self._platform = platform
        self.nanoseconds = platform.now
        # The name under which the base loop looks for what it waits in.
        self._selector = Waiter(platform)
        self._selector.stop = self._stop_asked
        self._endings: list[Any] = []
        self._main: asyncio.Future[Any] | None = None
        self._is_asked_to_stop = False
        # Timers count in floating point seconds, whose steps grow with the clock's reading. Coarser than any
        # step that a clock of 140 years has, or a timer could be neither due nor still to come.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self._platform.now() / NANOSECONDS

    # -- the end --

    def run_until_complete(self, future: Generator[Any, None, T] | Awaitable[T]) -> T:
        """As the base loop does. When the host asks for an end, what runs is cancelled, and this raises
        SystemExit with the status that SIGTERM would give a process.
        """
        main: asyncio.Future[T] = ensure_future(future, loop=self)  # type: ignore[arg-type]  # both
        self._main = main
        try:
            return super().run_until_complete(main)
        except CancelledError:
            if self._is_asked_to_stop:
                raise SystemExit(TERMINATED) from None
            raise

    def _stop_asked(self) -> None:
        self._is_asked_to_stop = True
        if self._main is not None:
            self._main.cancel()

    # -- devices --

    def add_device_reader(self, handle: int, callback: Callback, *args: object) -> None:
        self._selector.watch(handle, Handle(partial(callback, *args) if args else callback, (), self))

    def remove_device_reader(self, handle: int) -> bool:
        return self._selector.ignore(handle)

    def _process_events(self, event_list: list[Handle]) -> None:
        # At once, instead of in the queue: what a frame causes leaves a turn earlier.
        for reader in event_list:
            reader._run()

    # -- a turn --

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> Handle:
        if self._debug or self._closed:
            return super().call_soon(callback, *args, context=context)
        handle: Any = new(Handle)
        handle._context = copy_context() if context is None else context
        handle._loop = self
        handle._callback = callback
        handle._args = args
        handle._cancelled = False
        handle._repr = None
        handle._source_traceback = None
        self._ready.append(handle)
        return handle  # type: ignore[no-any-return]

    def turn_end(self, callback: Callable[[], object]) -> Callable[[], object]:
        # One handle for all of them.
        return partial(self._endings.append, Handle(callback, (), self))

    def _run_once(self) -> None:
        """The base loop's turn, in nanoseconds and without what only a debugged loop needs.

        An image that is asked for one frame runs through here once, with cold caches: what it does not touch
        need not be fetched. So handles run here, and not in their own `_run`; one that fails ends its turn,
        and those behind it run in the next.
        """
        if self._debug or self._timer_cancelled_count > MANY:
            self._base_turn()
            return
        scheduled = self._scheduled
        while scheduled and scheduled[0]._cancelled:
            heappop(scheduled)._scheduled = False
            self._timer_cancelled_count -= 1
        ready, endings = self._ready, self._endings
        if ready or endings or self._stopping:
            deadline = 0
        elif scheduled:
            deadline = round(scheduled[0]._when * NANOSECONDS)
        else:
            deadline = FOREVER
        try:
            readers = self._selector.wait(deadline)
        except Deadlock as deadlock:
            self._explain(deadlock)
            raise
        handle: Any = None
        try:
            for handle in readers:
                handle._context.run(handle._callback)
            if scheduled:
                end = self._platform.now() / NANOSECONDS + self._clock_resolution
                while scheduled and scheduled[0]._when < end:
                    timer = heappop(scheduled)
                    timer._scheduled = False
                    ready.append(timer)
            # What these put into the queue waits for the next turn.
            for _ in range(len(ready)):
                handle = ready.popleft()
                if not handle._cancelled:
                    handle._context.run(handle._callback, *handle._args)
            # What these ask for comes at the end of the next one.
            for _ in range(len(endings)):
                handle = endings.pop(0)
                handle._context.run(handle._callback)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            self._tell_failed(handle, error)
        finally:
            # The traceback of what a task raised leads back to here: the task would live on, unheard.
            del handle

    def _base_turn(self) -> None:
        """As asyncio has it, with the ends of turns before and behind."""
        self._end_turn()
        try:
            super()._run_once()  # type: ignore[misc]
        except Deadlock as deadlock:
            self._explain(deadlock)
            raise
        self._end_turn()

    def _end_turn(self) -> None:
        for _ in range(len(self._endings)):
            self._endings.pop(0)._run()

    def _explain(self, deadlock: Deadlock) -> None:
        deadlock.args = (str(deadlock) + explain(self),)

    def _tell_failed(self, handle: Any, error: BaseException) -> None:
        """As its own `_run` does."""
        callback = _format_callback_source(handle._callback, handle._args)
        message = f"Exception in callback {callback}"
        self.call_exception_handler({"message": message, "exception": error, "handle": handle})

    # -- no threads: everything happens here and now --

    def _write_to_self(self) -> None:
        """Wakes a loop that waits while another thread calls: there is none."""

    def run_in_executor(
        self,
        executor: object,  # noqa: ARG002
        func: Callable[[*Ts], T],
        *args: *Ts,
    ) -> asyncio.Future[T]:
        """Calls the function at once, whatever the executor; the loop stands still meanwhile."""
        if self.is_closed():
            raise RuntimeError("Event loop is closed")
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            done.set_exception(error)
        return done

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """There never was one."""
