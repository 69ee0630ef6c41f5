from pymirage.config import unikernel

exception = unikernel("unikernel:main")
