from pymirage.config import clock, console, sleep, unikernel

clocks = unikernel("unikernel:main", console.default(), clock.wall(), clock.monotonic(), sleep.default())
