"""The pages that every start writes to, as the loader's note names them; code that is left out."""

from pymirage.tool.image.elf import PT_LOAD, Segment
from pymirage.tool.image.snapshot import Header, page_runs, without


def load(address: int) -> Header:
    return (PT_LOAD, 6, 0, address, address, 0x1000, 0x1000, 0x1000)


def test_pages_that_follow_each_other_are_one_run() -> None:
    pages = [0x5000, 0x3000, 0x4000, 0x9000]
    assert list(page_runs([load(0x3000)], pages)) == [(3, 3), (9, 1)]


def test_a_run_ends_with_its_segment() -> None:
    assert list(page_runs([load(0x3000), load(0x5000)], [0x3000, 0x4000, 0x5000])) == [(3, 2), (5, 1)]


def test_no_pages() -> None:
    assert list(page_runs([load(0x3000)], [])) == []


CODE = Segment(PT_LOAD, 5, 0x2000, 0x5000, 0x4000, 0x4000, 0x1000)


def left(segment: Segment, addresses: range) -> list[tuple[int, int, int]]:
    return [(each.address, each.offset, each.file_size) for each in without(addresses, segment)]


def test_code_before_and_behind_what_is_left_out() -> None:
    assert left(CODE, range(0x6000, 0x8000)) == [(0x5000, 0x2000, 0x1000), (0x8000, 0x5000, 0x1000)]
    assert left(CODE, range(0x5000, 0x8000)) == [(0x8000, 0x5000, 0x1000)]
    assert left(CODE, range(0x7000, 0x9000)) == [(0x5000, 0x2000, 0x2000)]


def test_another_segment_stays_as_it_is() -> None:
    assert left(CODE, range(0x9000, 0xA000)) == [(0x5000, 0x2000, 0x4000)]
    assert left(CODE, range(0x3000, 0x4000)) == [(0x5000, 0x2000, 0x4000)]
