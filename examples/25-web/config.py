from pymirage.config import key, stack, unikernel

port = key("port", int, default=80, help="TCP port of the web server")
web = unikernel("unikernel:main", stack.generic(), port=port, packages=["microdot==2.7.0"])
