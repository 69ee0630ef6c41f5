"""The services of bench/apps/network on PyTCP's stack (PyPI: PyTCP 2.7.6), one thread a connection, on tap0.

Started by `bench.network` where that package is installed: `python -m bench.peers.pytcp_services`.
"""

# mypy: ignore-errors
import threading
import time
from collections.abc import Callable

ECHO, SINK, SOURCE, REQUEST, EXCHANGE = 7, 9, 19, 80, 11
BLOCK = bytes(range(256)) * 256
QUESTION, ANSWER = 100, bytes(1024)
PIECE = 1 << 18


def echo(stream) -> None:
    while data := stream.recv(PIECE):
        stream.send(data)


def sink(stream) -> None:
    size = 0
    while data := stream.recv(PIECE):
        size += len(data)
    stream.send(b"%d -\n" % size)


def source(stream) -> None:
    for _ in range(int(stream.recv(PIECE))):
        stream.send(BLOCK)


def request(stream) -> None:
    stream.recv(PIECE)
    stream.send(b"HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n")


def exchange(stream) -> None:
    size = 0
    while data := stream.recv(PIECE):
        size += len(data)
        while size >= QUESTION:
            size -= QUESTION
            stream.send(ANSWER)


def serve(port: int, handle: Callable) -> None:
    from pytcp.lib import socket

    listening = socket.socket(family=socket.AF_INET4, type=socket.SOCK_STREAM)
    listening.bind(("0.0.0.0", port))
    listening.listen()
    while True:
        stream, _ = listening.accept()
        threading.Thread(target=run, args=(handle, stream), daemon=True).start()


def run(handle: Callable, stream) -> None:
    try:
        handle(stream)
    finally:
        stream.close()


def main() -> None:
    from pytcp import TcpIpStack, config

    config.LOG_CHANEL.clear()
    stack = TcpIpStack(interface="tap0", ip4_address="10.0.0.2/24", ip6_address="fd00::2/64")
    stack.start()
    services = {ECHO: echo, SINK: sink, SOURCE: source, REQUEST: request, EXCHANGE: exchange}
    for port, handle in services.items():
        threading.Thread(target=serve, args=(port, handle), daemon=True).start()
    time.sleep(1)
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
