from pymirage.config import unikernel

interpreter = unikernel("unikernel:main")
