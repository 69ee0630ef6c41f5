"""ASGI's lifespan: an application hears of the start before the first request, of the end after the last."""

from __future__ import annotations

import asyncio
import logging

from pymirage.error import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.web.asgi.types import App, Message, State

log = logging.getLogger(__name__)


class Lifespan:
    """Applications that know no lifespan raise when they are asked, and are served without."""

    def __init__(self, app: App, state: State) -> None:
        self._app = app
        self._state = state
        self._said: asyncio.Queue[Message] = asyncio.Queue()
        self._answers: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises UsageError when the application says that it cannot start."""
        self._task = asyncio.get_running_loop().create_task(self._run())
        answer = await self._ask("startup")
        if answer is not None and answer["type"] == "lifespan.startup.failed":
            raise UsageError(f"the ASGI application failed to start: {answer.get('message', '')}")

    async def end(self) -> None:
        """What the application says about its end is logged."""
        answer = await self._ask("shutdown")
        if answer is not None and answer["type"] == "lifespan.shutdown.failed":
            log.error("the ASGI application failed to end: %s", answer.get("message", ""))
        if self._task is not None:
            await asyncio.wait((self._task,))

    async def _ask(self, phase: str) -> Message | None:
        """The application's answer; None when it has ended without one."""
        task = self._task
        if task is None or task.done():
            return None
        self._said.put_nowait({"type": f"lifespan.{phase}"})
        answer = asyncio.get_running_loop().create_task(self._answers.get())
        await asyncio.wait((answer, task), return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        answer.cancel()
        return None

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self._state}
        try:
            await self._app(scope, self._said.get, self._answers.put)
        except Exception as error:
            log.debug("the ASGI application has no lifespan, or broke it off: %r", error)
