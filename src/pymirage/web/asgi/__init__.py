"""ASGI 3 applications: Starlette and its like, unchanged.

from pymirage.web.asgi import serve

async def main(stack: Stack, *, port: int) -> None:
    await serve(app, stack.tcp, port)
"""

from pymirage.web.asgi.application import Application
from pymirage.web.asgi.serve import serve

__all__ = ["Application", "serve"]
