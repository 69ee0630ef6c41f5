"""The scheduler: asyncio's event loop over the platform contract, and how a program is run on it.

asyncio is loaded before anything else here, because in an image it imports this package in turn (see
`overlay.py`), and must find its own modules complete when it does.
"""

import asyncio as asyncio
