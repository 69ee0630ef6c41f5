from pymirage.config import stack, unikernel

ping = unikernel("unikernel:main", stack.generic())
