from pymirage.config import console, sleep, unikernel

hello = unikernel("unikernel:main", console.default(), sleep.default())
