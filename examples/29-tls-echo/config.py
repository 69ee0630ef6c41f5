from pymirage.config import key, kv, stack, tls, unikernel

secrets = kv.crunch("secrets")
network = stack.generic()
port = key("port", int, default=4433, help="TCP port of the server")

server = unikernel("server:main", tls.server(network, secrets, clients="ca.pem"), port=port)
client = unikernel(
    "client:main",
    tls.client(network, secrets, name="client"),
    host=key("host", str, default="echo.test", help="name or address of the server"),
    port=port,
)
