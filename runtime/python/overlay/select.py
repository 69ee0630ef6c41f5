"""In an image: no descriptors to wait for; the event loop waits for devices (pymirage.sched)."""

from _absent import absent as _absent

error = OSError
select = _absent("file descriptors to wait for")
