from pymirage.config import kv, stack, tls, unikernel

network = stack.generic()
tls_peer = unikernel("unikernel:main", network, tls.server(network, kv.crunch("secrets")))
"""The certificate is made by the bench, and put into `secrets`."""
