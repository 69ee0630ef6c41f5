"""Which pages are left out of the code by which compiled modules were imported."""

from typing import cast

from pymirage.tool.image.elf import Elf, Section, Symbol
from pymirage.tool.image.imported import MOST, SECTION, pages

PAGE = 0x1000
START = 0x400000


class Linked:
    """What of an ELF file is asked for: functions that follow each other from START on."""

    def __init__(self, *functions: tuple[str, int]) -> None:
        address = START
        self.functions = []
        for name, size in functions:
            self.functions.append(Symbol(name, 2, 1, address, size))
            address += size
        size = -(-(address - START) // PAGE) * PAGE
        text = Section(".text", 1, 6, START + size, 0, PAGE, 0, 16, 0)
        self.sections = [text, Section(SECTION, 1, 6, START, 0, size, 0, 16, 0)]

    def symbols(self) -> list[Symbol]:
        return [*self.functions, Symbol("CPyDef_a___f", 2, 0, START + 64 * PAGE, 9)]


def left_out(linked: Linked, compiled: str, have_run: str) -> list[tuple[int, int]]:
    """Numbers of pages: of the first, and of the one behind the last."""
    found = pages(cast("Elf", linked), compiled.split(), have_run.split())
    return [((each.start - START) // PAGE, (each.stop - START) // PAGE) for each in found]


def module(name: str, size: int) -> list[tuple[str, int]]:
    return [
        (f"CPyDef_{name}_____top_level__", size),
        (f"CPyExec_{name}__impl", 0x30),
        (f"CPyInit_{name}.part.0", 0x100),
    ]


def test_all_of_what_has_run() -> None:
    linked = Linked(*module("a", 0x1234), *module("b___c", 0x2345))
    assert left_out(linked, "a b.c", "a b.c") == [(0, 4)]


def test_pages_that_an_other_module_shares_stay() -> None:
    linked = Linked(*module("a", 0x1234), *module("b", 0x2345), *module("c", 0x1234))
    assert left_out(linked, "a b c", "a c") == [(0, 1), (4, 5)]
    assert left_out(linked, "a b c", "a b") == [(0, 3)]
    assert left_out(linked, "a b c", "b c") == [(2, 5)]
    assert left_out(linked, "a b c", "") == []


def test_what_has_an_other_name_stays() -> None:
    linked = Linked(*module("a", 0x1800), ("CPyDef_a___Class_____top_level__", 0x10))
    assert left_out(linked, "a", "a") == [(0, 1)]


def test_a_module_called_like_a_function_of_an_other() -> None:
    linked = Linked(*module("a", 0x1800))
    assert left_out(linked, "a a__impl", "a a__impl") == [(0, 1)]


def test_no_more_gaps_than_there_is_room_for_headers() -> None:
    linked = Linked(*(part for at in range(20) for part in module(f"m{at}", at * PAGE)))
    everything = " ".join(f"m{at}" for at in range(20))
    some = " ".join(f"m{at}" for at in range(0, 20, 2))
    found = left_out(linked, everything, some)
    assert len(found) == MOST and found == sorted(found)
    assert all(stop - start > 10 for start, stop in found)


def test_an_image_without_compiled_modules() -> None:
    assert left_out(Linked(), "", "") == []
