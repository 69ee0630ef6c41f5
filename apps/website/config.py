"""A web site: pages from a store, over HTTP. `pymirage describe` shows what there is to choose."""

from pymirage.config import (
    block,
    choice,
    configure_key,
    device,
    info,
    key,
    kv,
    match_,
    stack,
    tls,
    unikernel,
)

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

network = stack.generic()
door = match_(
    configure_key(
        "tls",
        choice("none", "https"),
        default="none",
        help="https: HTTP/2 and HTTP/1.1 over TLS, with the certificate in secrets/server.pem and server.key",
    ),
    {
        "none": device("pymirage.web.door:PlainDoor"),
        "https": device(
            "pymirage.web.secure.door:SecureDoor",
            tls.server(network, kv.crunch("secrets"), protocols="h2 http/1.1"),
            packages=["h2==4.4.1"],
        ),
    },
)

website = unikernel(
    "unikernel:main",
    network,
    door,
    pages,
    info.described(),
    port=key("port", int, default=8080, help="TCP port of the site"),
    redirect_port=key("redirect-port", int, help="TCP port that leads to the site by HTTPS; none without"),
    metrics_port=key("metrics-port", int, help="TCP port of /metrics, for Prometheus; none without"),
    access_log=key("access-log", bool, help="write a line for each request (Combined Log Format)"),
    about=key("about", bool, help="show what the image is made of, at /.well-known/pymirage"),
    listing=key("listing", bool, help="show the names in directories without an index.html"),
    max_age=key("max-age", int, help="seconds for which browsers need not ask again"),
)
