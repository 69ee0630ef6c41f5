from pymirage.config import console, kv, unikernel

files = unikernel("unikernel:main", console.default(), kv.generic("htdocs"))
