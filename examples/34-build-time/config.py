from pymirage.config import console, unikernel

build_time = unikernel("unikernel:main", console.default())
