"""The pages that every start writes to, as the loader's note names them."""

from pymirage.tool.image.elf import PT_LOAD
from pymirage.tool.image.snapshot import Header, page_runs


def load(address: int) -> Header:
    return (PT_LOAD, 6, 0, address, address, 0x1000, 0x1000, 0x1000)


def test_pages_that_follow_each_other_are_one_run() -> None:
    pages = [0x5000, 0x3000, 0x4000, 0x9000]
    assert list(page_runs([load(0x3000)], pages)) == [(3, 3), (9, 1)]


def test_a_run_ends_with_its_segment() -> None:
    assert list(page_runs([load(0x3000), load(0x5000)], [0x3000, 0x4000, 0x5000])) == [(3, 2), (5, 1)]


def test_no_pages() -> None:
    assert list(page_runs([load(0x3000)], [])) == []
