"""What every KeyValue keeps (`pymirage.device.key_value`), shown on a store that is empty at first."""

from pymirage.device import Entry, KeyValue, Kind, Remove, Set
from pymirage.device.error import BadKey, IsDirectory, NotDirectory, NotFound, OutOfRange
from pymirage.error import UsageError
from tests.contract.expect import Make, equal, raises


async def set_and_get(make: Make[KeyValue]) -> None:
    store = await make()
    equal(await store.list(), [], "listing of a new store")
    for value in (b"one", b"", b"three, longer than the first", bytes(70000)):
        await store.set("a", value)
        equal(await store.get("a"), value, "what was set")
        equal(await store.size("a"), len(value), "its size")


async def directories_come_into_being(make: Make[KeyValue]) -> None:
    store = await make()
    await store.set("a/b/c", b"deep")
    equal(await store.exists("a"), Kind.DIRECTORY, "kind of a")
    equal(await store.list("a"), [Entry("b", Kind.DIRECTORY)], "listing of a")
    await raises(IsDirectory, store.set("a/b", b"x"), "set of a directory")
    await raises(NotDirectory, store.set("a/b/c/d", b"x"), "set below a value")
    await raises(NotDirectory, store.set("a/b/c/d/e", b"x"), "set far below a value")
    equal(await store.get("a/b/c"), b"deep", "the value is still there")


async def parts(make: Make[KeyValue]) -> None:
    store = await make()
    await store.set("a", b"0123456789")
    await store.set_partial("a", 3, b"abc")
    equal(await store.get("a"), b"012abc6789", "after overwriting the middle")
    await store.set_partial("a", 8, b"xyz")
    equal(await store.get("a"), b"012abc67xyz", "after growing")
    await store.set_partial("a", 13, b"!")
    equal(await store.get("a"), b"012abc67xyz\0\0!", "after leaving a gap")
    await raises(NotFound, store.set_partial("missing", 0, b"x"), "set_partial of nothing")
    await raises(OutOfRange, store.set_partial("a", -1, b"x"), "set_partial before the beginning")


async def removing(make: Make[KeyValue]) -> None:
    store = await make()
    await store.set("a/b", b"1")
    await store.set("a/c/d", b"2")
    await store.remove("a/b")
    equal(await store.exists("a/b"), None, "what was removed")
    equal(await store.get("a/c/d"), b"2", "its neighbour")
    await store.remove("missing")
    await store.remove("missing/too")
    await store.remove("a")
    equal(await store.list(), [], "after removing the directory")
    await raises(UsageError, store.remove(""), "removing the root")


async def empty_directories_are_kept(make: Make[KeyValue]) -> None:
    store = await make()
    await store.set("a/b", b"1")
    await store.remove("a/b")
    equal(await store.list("a"), [], "the directory whose only value was removed")


async def renaming(make: Make[KeyValue]) -> None:
    store = await make()
    await store.set("a", b"1")
    await store.set("b", b"2")
    await store.set("dir/x", b"3")
    await store.rename("a", "b")
    equal((await store.exists("a"), await store.get("b")), (None, b"1"), "a value onto a value")
    await store.rename("b", "new/b")
    equal(await store.get("new/b"), b"1", "a value into a new directory")
    await store.rename("dir", "new/dir")
    equal((await store.exists("dir"), await store.get("new/dir/x")), (None, b"3"), "a directory")
    await store.rename("new/b", "new/b")
    equal(await store.get("new/b"), b"1", "onto itself")
    await raises(IsDirectory, store.rename("new/b", "new/dir"), "a value onto a directory")
    await raises(UsageError, store.rename("new", "new/dir/below"), "a directory below itself")
    await raises(NotFound, store.rename("missing", "x"), "nothing")
    equal(await store.exists("x"), None, "after renaming nothing")


async def allocating(make: Make[KeyValue]) -> None:
    store = await make()
    await store.allocate("dir/a", 1000)
    equal(await store.get("dir/a"), bytes(1000), "what was allocated")
    await store.set_partial("dir/a", 990, b"end")
    equal(await store.size("dir/a"), 1000, "its size after writing inside")
    await raises(UsageError, store.allocate("dir/a", 1), "allocating twice")
    await raises(OutOfRange, store.allocate("b", -1), "allocating less than nothing")


async def batches(make: Make[KeyValue]) -> None:
    store = await make()
    await store.batch([Set("a", b"1"), Set("b/c", b"2"), Set("a", b"3"), Remove("b/c")])
    equal((await store.get("a"), await store.exists("b/c")), (b"3", None), "after a batch")


async def bad_keys(make: Make[KeyValue]) -> None:
    store = await make()
    for key in ("..", "a/../b", "a//b", "a/", "nul\0"):
        await raises(BadKey, store.set(key, b"x"), f"set({key!r})")
        await raises(BadKey, store.remove(key), f"remove({key!r})")
        await raises(BadKey, store.allocate(key, 1), f"allocate({key!r})")
    await raises(UsageError, store.set("", b"x"), "set of the root")
    equal(await store.list(), [], "nothing was stored")


CHECKS = (
    set_and_get,
    directories_come_into_being,
    parts,
    removing,
    empty_directories_are_kept,
    renaming,
    allocating,
    batches,
    bad_keys,
)
