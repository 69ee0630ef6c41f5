"""Takes memory until there is none left."""

MIB = 1 << 20


async def main() -> None:
    print("taking all there is")
    taken: list[bytearray] = []
    while True:
        taken.append(bytearray(MIB))
