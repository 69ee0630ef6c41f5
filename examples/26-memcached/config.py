from pymirage.config import key, stack, unikernel

server = key("server", str, default="10.0.0.1", help="name or address of the memcached server")
memcached = unikernel("unikernel:main", stack.generic(), server=server, packages=["aiomcache==0.8.2"])
