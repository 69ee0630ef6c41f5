from pymirage.config import key, stack, unikernel

port = key("port", int, default=80, help="TCP port of the server")
census = unikernel("unikernel:main", stack.generic(), port=port)
