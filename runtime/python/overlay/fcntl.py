"""In an image: no files to lock or control."""

from _absent import absent as _absent

F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL = 0, 1, 2, 3, 4
FD_CLOEXEC = 1
LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN = 1, 2, 4, 8

fcntl = ioctl = flock = lockf = _absent("files to control")
