from pymirage.config import clock, console, unikernel

compiled = unikernel("unikernel:main", console.default(), clock.monotonic())
