from pymirage.config import block, console, key, kv, secret, unikernel

name = key("name", str, default="alice", help="Whose note")
note = key("note", str, default="", help="What to keep; without it, what was kept is shown")
disk = block.encrypted(block.default(), secret.default("key"))
notes = unikernel("unikernel:main", console.default(), kv.littlefs(disk), name=name, note=note)
