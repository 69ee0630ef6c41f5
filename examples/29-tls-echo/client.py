"""Asks the server for an echo, once it has seen its certificate."""

from pymirage.device import Tcp

QUESTION = b"hello over TLS"


async def main(tls: Tcp, *, host: str, port: int) -> None:
    flow = await tls.connect(host, port)
    await flow.write(QUESTION)
    answer = b""
    while len(answer) < len(QUESTION) and (data := await flow.read()):
        answer += data
    print(f"{host} says {answer.decode()}", flush=True)
    await flow.close()
