from pymirage.config import unikernel

out_of_memory = unikernel("unikernel:main")
