from pymirage.config import key, stack, unikernel

port = key("port", int, default=80, help="TCP port of the web server")
starlette = unikernel("unikernel:main", stack.generic(), port=port, packages=["starlette==1.10.0"])
