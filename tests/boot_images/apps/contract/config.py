from pymirage.config import block, clock, console, kv, random, sleep, unikernel

contract = unikernel(
    "unikernel:main",
    console.default(),
    clock.monotonic(),
    clock.wall(),
    sleep.default(),
    random.default(),
    kv.crunch("content"),
    block.default(),
)
