from pymirage.config import console, sleep, unikernel

timeouts = unikernel("unikernel:main", console.default(), sleep.default())
