from pymirage.config import block, clock, unikernel

stores = unikernel("unikernel:main", block.default(), clock.wall())
