from pymirage.config import unikernel

noop = unikernel("unikernel:main")
