from pymirage.config import unikernel

native_fault = unikernel("unikernel:main")
