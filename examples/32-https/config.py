from pymirage.config import key, kv, stack, tls, unikernel

network = stack.generic()
certificates = kv.crunch("secrets")

https = unikernel(
    "unikernel:main",
    network,
    tls.server(network, certificates, protocols="h2 http/1.1"),
    kv.crunch("htdocs"),
    port=key("port", int, default=443, help="TCP port of the site"),
    http_port=key("http-port", int, default=80, help="TCP port that leads to it"),
    packages=["h2==4.4.1"],
)
