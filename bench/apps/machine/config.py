from pymirage.config import stack, unikernel

machine = unikernel("unikernel:main", stack.generic())
