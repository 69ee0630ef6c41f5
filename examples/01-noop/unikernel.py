"""The smallest unikernel: it needs nothing, does nothing, and ends well."""


async def main() -> None:
    pass
