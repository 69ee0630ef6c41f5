from pymirage.config import key, stack, unikernel

url = key("url", str, default="http://10.0.0.1:8000/", help="What to fetch")
http_client = unikernel("unikernel:main", stack.generic(), url=url)
