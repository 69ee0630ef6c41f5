from pymirage.config import block, choice, configure_key, console, kv, match_, unikernel

disk = block.default()
kind = configure_key("kind", choice("littlefs", "fat", "tar", "memory"), default="littlefs", help="The store")
store = match_(
    kind,
    {
        "littlefs": kv.littlefs(disk),
        "fat": kv.fat(disk),
        "tar": kv.tar(disk),
        "memory": kv.memory(),
    },
)
key_value = unikernel("unikernel:main", console.default(), store)
