from pymirage.config import clock, console, unikernel

tls = unikernel("unikernel:main", console.default(), clock.wall())
