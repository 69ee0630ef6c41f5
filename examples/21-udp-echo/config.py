from pymirage.config import stack, unikernel

udp_echo = unikernel("unikernel:main", stack.generic())
