from pymirage.config import kv, stack, unikernel

site = unikernel("unikernel:main", stack.generic(), kv.generic("htdocs"))
