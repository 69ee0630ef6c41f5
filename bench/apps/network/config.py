from pymirage.config import stack, unikernel

network = unikernel("unikernel:main", stack.generic())
