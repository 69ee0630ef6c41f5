from pymirage.config import block, console, key, kv, unikernel

n = key("n", int, default=1, help="How often to count; 0 for ever")
counter = unikernel("unikernel:main", console.default(), kv.littlefs(block.default()), n=n)
