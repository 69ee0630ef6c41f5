from pymirage.config import kv, unikernel

crypto = unikernel("unikernel:main", kv.crunch("vectors"))
