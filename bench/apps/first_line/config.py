from pymirage.config import clock, console, unikernel

first_line = unikernel("unikernel:main", console.default(), clock.monotonic())
