from pymirage.config import block, clock, key, unikernel

kind = key("kind", str, default="fat", help="tar, fat or littlefs")
measure = key("measure", str, default="speed", help="speed, or list")
storage = unikernel(
    "unikernel:main", block.default(), clock.wall(), clock.monotonic(), kind=kind, measure=measure
)
