from pymirage.config import key, kv, stack, tls, unikernel

network = stack.generic()
urls = key("url", str, repeated=True, help="What to fetch; several are fetched one after the other")
https_client = unikernel("unikernel:main", network, tls.client(network, kv.crunch("authorities")), urls=urls)
