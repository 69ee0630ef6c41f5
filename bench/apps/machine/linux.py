"""The same server as a program of Linux."""

import asyncio

from unikernel import listen

asyncio.run(listen(80))
