"""Reads an HTTP request with h11, a pure-Python package that knows nothing of pymirage."""

import h11

from pymirage.device import Console

REQUEST = b"GET /index.html HTTP/1.1\r\nHost: www.example.com\r\n\r\n"


async def main(console: Console) -> None:
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(REQUEST)
    request = connection.next_event()
    assert isinstance(request, h11.Request)
    console.write(request.method + b" " + request.target + b"\n")
    for name, value in request.headers:
        console.write(name + b": " + value + b"\n")
    response = h11.Response(status_code=200, headers=[("Content-Length", "0")])
    console.write(connection.send(response) or b"")
