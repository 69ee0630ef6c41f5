"""A web site: pages from a store, over HTTP. `pymirage describe` shows what there is to choose."""

from pymirage.config import block, choice, configure_key, info, key, kv, match_, stack, unikernel

source = configure_key(
    "kv",
    choice("crunch", "directory", "block", "fat", "littlefs"),
    default="crunch",
    help="where the pages are: in the image, in a directory of the host, or on a disk (block: a tar archive)",
)
pages = match_(
    source,
    {
        "crunch": kv.crunch("htdocs"),
        "directory": kv.directory("htdocs"),
        "block": kv.tar(block.default()),
        "fat": kv.fat(block.default()),
        "littlefs": kv.littlefs(block.default()),
    },
)

website = unikernel(
    "unikernel:main",
    stack.generic(),
    pages,
    info.described(),
    port=key("port", int, default=8080, help="TCP port of the site"),
    metrics_port=key("metrics-port", int, help="TCP port of /metrics, for Prometheus; none without"),
    access_log=key("access-log", bool, help="write a line for each request (Combined Log Format)"),
    about=key("about", bool, help="show what the image is made of, at /.well-known/pymirage"),
    listing=key("listing", bool, help="show the names in directories without an index.html"),
    max_age=key("max-age", int, help="seconds for which browsers need not ask again"),
)
