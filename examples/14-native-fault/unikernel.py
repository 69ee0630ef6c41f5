"""Makes the interpreter itself crash, which well-meant Python cannot do.

The function below is not compiled from Python but put together from instructions that no compiler would put
together: it takes the null pointer off the stack as if it were an object.
"""

from opcode import opmap


def victim() -> None:
    pass


def instruction(name: str) -> bytes:
    return bytes((opmap[name], 0))


async def main() -> None:
    print("about to fault")
    code = instruction("RESUME") + instruction("PUSH_NULL") + instruction("POP_TOP") + instruction("NOP") * 4
    victim.__code__ = victim.__code__.replace(co_code=code, co_stacksize=8)
    victim()
    print("never reached")
