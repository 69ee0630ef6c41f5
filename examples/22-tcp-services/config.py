from pymirage.config import stack, unikernel

tcp_services = unikernel("unikernel:main", stack.generic())
