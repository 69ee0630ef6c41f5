from pymirage.config import kv, stack, unikernel

http = unikernel("unikernel:main", stack.generic(), kv.crunch("htdocs"))
