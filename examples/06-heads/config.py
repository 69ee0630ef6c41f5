from pymirage.config import console, sleep, unikernel

heads = unikernel("unikernel:main", console.default(), sleep.default())
