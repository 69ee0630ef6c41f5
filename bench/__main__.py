"""`python -m bench [TABLE ...]`: print the named tables, all of them when none is named."""

import importlib
import sys

TABLES = {
    "exchange": "requests and answers on persistent connections, in images and with asyncio on Linux",
    "boot": "instant boot: cold and resumed, beside python3 and the Solo5 C hello; a hundred sites at once",
    "frames": "frames between a C guest and a TAP interface on every target, plain and with offloads",
    "http": "requests a second of a web server in images and on the host, beside Uvicorn, asyncio and nginx",
    "interpreter": "small programs in an image, and on the host's Python",
    "network": "TCP, ping and connections in images, with Linux as peer; beside asyncio on Linux",
    "segment": "nanoseconds of the TCP/IP core per segment, compiled and interpreted",
    "start": "hello with asyncio: size, time to the first line, memory; beside python3 and the Solo5 C hello",
    "storage": "file systems on every target, beside the host's, littlefs in C and pyfatfs",
    "tls": "TLS handshakes, bulk and pages in images; beside asyncio and nginx on Linux",
    "virtio": "a server on virtio, beside CPython on Linux in the same QEMU: boot, memory, requests",
    "tool": "how long `pymirage describe`, `configure` and `build` take",
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in TABLES]
    if unknown:
        print(f"bench: no table {unknown[0]!r}; there are: {', '.join(TABLES)}", file=sys.stderr)
        return 2
    for name in names or TABLES:
        print(f"\n## {name}: {TABLES[name]}\n")
        importlib.import_module(f"bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
