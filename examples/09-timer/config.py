from pymirage.config import clock, console, key, sleep, unikernel

n = key("n", int, default=50, help="How many times to wake")
timer = unikernel("unikernel:main", console.default(), clock.monotonic(), sleep.default(), n=n)
