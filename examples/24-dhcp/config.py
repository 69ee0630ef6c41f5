from pymirage.config import stack, unikernel

dhcp = unikernel("unikernel:main", stack.generic())
